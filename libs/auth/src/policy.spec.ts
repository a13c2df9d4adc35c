import { type Caller, isPermitted, type Permission, type Role } from './index.js';

function may(role: Role, permission: Permission): boolean {
  const caller: Caller = { client: role, role, organisation: 'one', audience: ['one', 'public'] };
  return isPermitted(caller, permission);
}

describe('the policy', () => {
  it.each<[Role, Permission, boolean]>([
    ['practice', { interaction: 'write', type: 'ServiceRequest' }, true],
    ['practice', { interaction: 'write', type: 'HealthcareService' }, false],
    ['practice', { operation: 'process-message' }, true],
    ['practice', { operation: 'export' }, false],
    ['provider', { interaction: 'write', type: 'HealthcareService' }, true],
    ['provider', { interaction: 'write', type: 'Questionnaire' }, false],
    ['provider', { interaction: 'write', type: 'Composition' }, false],
    ['provider', { interaction: 'write', type: 'DocumentReference' }, true],
    ['practice', { interaction: 'write', type: 'Binary' }, true],
    ['practice', { interaction: 'write', type: 'MeasureReport' }, false],
    ['analyst', { interaction: 'write', type: 'MeasureReport' }, true],
    ['analyst', { interaction: 'write', type: 'Measure' }, false],
    ['analyst', { interaction: 'read', type: 'MeasureReport' }, true],
    ['analyst', { interaction: 'read', type: 'Patient' }, false],
    ['analyst', { interaction: 'read', type: 'QuestionnaireResponse' }, false],
    ['analyst', { interaction: 'write', type: 'Task' }, false],
    ['analyst', { operation: 'export' }, true],
    ['analyst', { operation: 'process-message' }, false],
    ['integrator', { interaction: 'write', type: 'Measure' }, true],
    ['integrator', { operation: 'anything' }, true],
  ])('%s, %j: %s', (role, permission, allowed) => {
    expect(may(role, permission)).toBe(allowed);
  });

  it.each<Role>(['practice', 'provider', 'analyst'])('denies %s whatever it does not name', (role) => {
    expect(may(role, { interaction: 'read', type: 'AuditEvent' })).toBe(false);
    expect(may(role, { interaction: 'write', type: '*' })).toBe(false);
    expect(may(role, { operation: 'unheard-of' })).toBe(false);
    expect(may(role, { operation: '*' })).toBe(false);
  });
});
