import { isWithin, parseScope, parseScopes, printScope, type Scope } from './index.js';

function scopeOf(text: string): Scope {
  const scope = parseScope(text);
  if (!scope) throw new Error(`${text} is no scope.`);
  return scope;
}

describe('scopes', () => {
  it.each([
    'system/Task.cruds',
    'user/Patient.r',
    'patient/QuestionnaireResponse.crs',
    'system/*.rs',
    'system/Task.rs?owner=Organization/keighley-healthy-living',
    'system/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|survey&status=final',
    'openid',
    'launch/patient',
    'https://ginnel.org.uk/fhir/scope/restricted',
    'https://ginnel.org.uk/fhir/scope/very-restricted',
    'https://ginnel.org.uk/fhir/scope/process-message',
  ])('reads %s and prints it again', (text) => {
    expect(printScope(scopeOf(text))).toBe(text);
  });

  it.each([
    ['system/Task.read', 'system/Task.rs'],
    ['user/Task.write', 'user/Task.cud'],
    ['patient/*.*', 'patient/*.cruds'],
  ])('reads %s of version 1 as %s', (old, now) => {
    expect(printScope(scopeOf(old))).toBe(now);
  });

  it.each([
    'system/Task.sr',
    'system/Task.',
    'system/Task.rr',
    'system/Task',
    'system/task.r',
    'practice/Task.r',
    'system/Task.r?',
    'system/Task.r?owner',
    'system/Task.r?owner=',
    'system/Task.read?owner=Organization/x',
    'system/*.rs?_id=x',
    'system/Task.r"',
    'https://ginnel.org.uk/fhir/scope/export',
    'https://ginnel.org.uk.evil.example/fhir/scope/restricted',
    'everything',
    '',
  ])('knows no scope "%s"', (text) => {
    expect(parseScope(text)).toBeUndefined();
  });

  it('tells which words of a request are no scopes', () => {
    const { scopes, unknown } = parseScopes('system/Task.r  system/Task.sr system/Task.r');
    expect([scopes.map(printScope), unknown]).toEqual([['system/Task.r'], ['system/Task.sr']]);
  });

  it.each([
    ['system/Task.rs', 'system/Task.cruds', true],
    ['system/Task.rs', 'system/*.rs', true],
    ['system/Task.rs?owner=Organization/x', 'system/Task.rs', true],
    ['system/Task.rs?owner=Organization/x', 'system/Task.rs?owner=Organization/x', true],
    ['system/Task.rs', 'system/Task.r system/Task.s', true],
    ['https://ginnel.org.uk/fhir/scope/restricted', 'https://ginnel.org.uk/fhir/scope/very-restricted', true],
    ['https://ginnel.org.uk/fhir/scope/very-restricted', 'https://ginnel.org.uk/fhir/scope/restricted', false],
    ['system/Task.rs', 'system/Task.rs?owner=Organization/x', false],
    ['system/Task.rs?owner=Organization/y', 'system/Task.rs?owner=Organization/x', false],
    ['system/*.rs', 'system/Task.rs', false],
    ['system/Task.cr', 'system/Task.rs', false],
    ['user/Task.r', 'system/Task.r', false],
    ['https://ginnel.org.uk/fhir/scope/process-message', 'system/*.cruds', false],
    ['openid', 'system/*.cruds', false],
  ])('%s within %s: %s', (asked, granted, within) => {
    expect(isWithin(parseScopes(granted).scopes, scopeOf(asked))).toBe(within);
  });
});
