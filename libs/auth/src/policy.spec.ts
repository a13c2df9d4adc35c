import {
  type Caller,
  isPermitted,
  type Permission,
  refuseUnnamedOperations,
  refuseUnnamedRoute,
  type Role,
} from './index.js';

function may(role: Role, permission: Permission): boolean {
  const caller: Caller = { client: role, role, organisation: 'one', audience: ['one', 'public'] };
  return isPermitted(caller, permission);
}

describe('the policy', () => {
  it.each<[Role, Permission, boolean]>([
    ['practice', { interaction: 'create', type: 'ServiceRequest' }, true],
    ['practice', { interaction: 'create', type: 'HealthcareService' }, false],
    ['practice', { operation: 'process-message' }, true],
    ['practice', { operation: 'evaluation' }, false],
    ['provider', { interaction: 'create', type: 'HealthcareService' }, true],
    ['provider', { interaction: 'create', type: 'Questionnaire' }, false],
    ['provider', { interaction: 'create', type: 'Composition' }, false],
    ['provider', { interaction: 'create', type: 'DocumentReference' }, true],
    ['practice', { interaction: 'create', type: 'Binary' }, true],
    ['practice', { interaction: 'create', type: 'MeasureReport' }, false],
    ['analyst', { interaction: 'create', type: 'MeasureReport' }, true],
    ['analyst', { interaction: 'create', type: 'Measure' }, false],
    ['analyst', { interaction: 'read', type: 'MeasureReport' }, true],
    ['analyst', { interaction: 'read', type: 'Patient' }, false],
    ['analyst', { interaction: 'read', type: 'QuestionnaireResponse' }, false],
    ['analyst', { interaction: 'create', type: 'Task' }, false],
    ['analyst', { operation: 'evaluation' }, true],
    ['analyst', { operation: 'process-message' }, false],
    ['integrator', { interaction: 'create', type: 'Measure' }, true],
    ['integrator', { operation: 'process-message' }, true],
    ['integrator', { operation: 'anything' }, false],
    ['integrator', { interaction: 'read', type: 'Invented' }, false],
    ['link-worker', { interaction: 'update', type: 'Task' }, true],
    ['link-worker', { interaction: 'create', type: 'HealthcareService' }, false],
    ['link-worker', { operation: 'process-message' }, false],
    ['operator', { interaction: 'search', type: 'AuditEvent' }, true],
    ['operator', { interaction: 'read', type: 'Patient' }, false],
    ['operator', { interaction: 'search', type: 'Questionnaire' }, false],
    ['patient', { interaction: 'read', type: 'Task' }, true],
    ['patient', { interaction: 'update', type: 'Task' }, false],
    ['patient', { interaction: 'create', type: 'QuestionnaireResponse' }, true],
    ['patient', { interaction: 'search', type: 'QuestionnaireResponse' }, false],
    ['patient', { operation: 'everything' }, false],
    ['practice', { interaction: 'read', type: 'constructor' }, false],
    ['practice', { operation: 'toString' }, false],
  ])('%s, %j: %s', (role, permission, allowed) => {
    expect(may(role, permission)).toBe(allowed);
  });

  it('is written for every operation that is served', () => {
    expect(() => {
      refuseUnnamedOperations(['meta', 'invented']);
    }).toThrow('The operation $invented stands in no line of the policy');
  });

  it.each(['/fhir', '/fhir/*', '/health/ready', '/auth/token'])('is written for the address %s', (path) => {
    expect(() => {
      refuseUnnamedRoute(path);
    }).not.toThrow();
  });

  it.each(['/', '*', '/fhirs', '/admin', '/metrics2'])('lets nobody open the address %s without a line', (path) => {
    expect(() => {
      refuseUnnamedRoute(path);
    }).toThrow(`The address ${path} stands in no line of the policy`);
  });

  it.each<Role>(['practice', 'provider', 'analyst'])('denies %s whatever it does not name', (role) => {
    expect(may(role, { interaction: 'read', type: 'AuditEvent' })).toBe(false);
    expect(may(role, { interaction: 'create', type: '*' })).toBe(false);
    expect(may(role, { operation: 'unheard-of' })).toBe(false);
    expect(may(role, { operation: '*' })).toBe(false);
  });
});
