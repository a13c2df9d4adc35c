import { type Permission, readerMarks, refusalFor, type Refusal, restrictedScope, type Role } from './index.js';

function refusal(scopes: string, permission: Permission, role: Role = 'practice'): Refusal | 'none' {
  return refusalFor({ role, scopes: scopes.split(' ') }, permission) ?? 'none';
}

const ofTask = 'system/Task.cruds?owner=Organization/khl';

describe('scopes within a role', () => {
  it.each<[string, Permission, Refusal | 'none']>([
    ['system/Task.r', { interaction: 'read', type: 'Task' }, 'none'],
    ['system/Task.r', { interaction: 'vread', type: 'Task' }, 'none'],
    ['system/Task.r', { interaction: 'history', type: 'Task' }, 'none'],
    ['system/Task.r', { interaction: 'history-type', type: 'Task' }, 'scope'],
    ['system/Task.r', { interaction: 'search', type: 'Task' }, 'scope'],
    ['system/Task.r', { interaction: 'read', type: 'Patient' }, 'scope'],
    ['system/*.rs', { interaction: 'search', type: 'Patient' }, 'none'],
    ['system/*.rs', { interaction: 'update', type: 'Patient' }, 'scope'],
    ['system/*.cruds', { interaction: 'create', type: 'Questionnaire' }, 'role'],
    ['system/Patient.u', { interaction: 'patch', type: 'Patient' }, 'none'],
    ['system/Patient.u', { interaction: 'patch', type: 'Patient', conditional: true }, 'scope'],
    ['system/Patient.us', { interaction: 'update', type: 'Patient', conditional: true }, 'scope'],
    ['system/Patient.cus', { interaction: 'update', type: 'Patient', conditional: true }, 'none'],
    ['system/Patient.c', { interaction: 'create', type: 'Patient', conditional: true }, 'scope'],
    ['system/Patient.*', { interaction: 'delete', type: 'Patient', conditional: true }, 'none'],
    ['patient/Task.r', { interaction: 'read', type: 'Task' }, 'scope'],
    ['user/Task.r', { interaction: 'read', type: 'Task' }, 'none'],
    ['openid', { interaction: 'read', type: 'StructureDefinition' }, 'none'],
    [ofTask, { interaction: 'read', type: 'Task' }, 'none'],
    [ofTask, { interaction: 'update', type: 'Task' }, 'none'],
    [ofTask, { interaction: 'create', type: 'Task' }, 'none'],
    ['system/Task.u?status=requested system/Task.rs', { interaction: 'update', type: 'Task' }, 'narrowed'],
    [`${ofTask} system/Task.u?status=requested`, { interaction: 'update', type: 'Task' }, 'narrowed'],
    [`${ofTask} system/Task.u?status=requested`, { interaction: 'create', type: 'Task' }, 'none'],
    [`${ofTask} system/Task.u`, { interaction: 'update', type: 'Task' }, 'none'],
    [ofTask, { operation: 'meta', type: 'Task' }, 'none'],
    ['system/*.cruds', { operation: 'process-message' }, 'scope'],
    ['https://ginnel.org.uk/fhir/scope/process-message', { operation: 'process-message' }, 'none'],
    ['system/Patient.r', { operation: 'everything', type: 'Patient' }, 'none'],
    ['system/Task.r', { operation: 'everything', type: 'Patient' }, 'scope'],
    ['system/Composition.r system/Patient.r', { operation: 'document', type: 'Composition' }, 'scope'],
    ['system/HealthcareService.rs?name=x', { operation: 'find-activities' }, 'narrowed'],
    ['system/Task.sr', { interaction: 'read', type: 'Task' }, 'scope'],
  ])('%s, %j: %s', (scopes, permission, expected) => {
    expect(refusal(scopes, permission)).toBe(expected);
  });

  it('evaluates nothing for a token that sees some resources only', () => {
    const scopes = 'system/Measure.r system/MeasureReport.r';
    expect(refusal(scopes, { operation: 'evaluation' }, 'analyst')).toBe('none');
    expect(refusal(`${scopes} system/Group.r?code=x`, { operation: 'evaluation' }, 'analyst')).toBe('narrowed');
  });

  it('takes a scope of a patient only from a link that was given to one', () => {
    expect(refusal('patient/Task.r', { interaction: 'read', type: 'Task' }, 'patient')).toBe('none');
    expect(refusal('system/Task.r', { interaction: 'read', type: 'Task' }, 'patient')).toBe('scope');
  });
});

describe('the marks that a caller reads by', () => {
  it.each<[string, string[]]>([
    ['system/*.rs', ['khl', 'public']],
    [ofTask, ['khl', 'public', 'Task?owner=Organization/khl']],
    [
      `${ofTask} system/Task.rs?status=requested`,
      ['khl', 'public', 'Task?owner=Organization/khl', 'Task?status=requested'],
    ],
    [`${ofTask} system/Task.rs`, ['khl', 'public']],
    [`${ofTask} system/*.rs`, ['khl', 'public']],
    ['system/Task.u?status=requested', ['khl', 'public']],
    [restrictedScope, ['khl', 'public', 'khl#R', 'public#R']],
    ['https://ginnel.org.uk/fhir/scope/very-restricted', ['khl', 'public', 'khl#R', 'public#R', 'khl#V', 'public#V']],
  ])('with %s', (scopes, marks) => {
    expect(readerMarks({ role: 'provider', organisation: 'khl', scopes: scopes.split(' ') })).toEqual(marks);
  });

  it('are those of its organisation without scopes, and of nobody else for a link or an operator', () => {
    expect(readerMarks({ role: 'provider', organisation: 'khl' })).toEqual(['khl', 'public']);
    expect(readerMarks({ role: 'patient', organisation: 'khl', patient: 'link-1' })).toEqual([
      'patient-link.link-1',
      'public',
    ]);
    expect(readerMarks({ role: 'operator', organisation: 'khl' })).toEqual(['public']);
  });
});
