import type { StructureDefinition } from 'fhir/r4';
import { readStructures } from '../structures.js';
import { createValidator, type ValidateOptions } from '../validator.js';
import { ProfileRegistry } from './registry.js';
import { profileOf } from '../../test/profile-builder.js';

/** Code, place and, without the name of the profile, the sentence of each finding by one profile. */
function found(
  profile: StructureDefinition,
  resource: unknown,
  more: { definitions?: StructureDefinition[]; options?: ValidateOptions } = {},
): string[] {
  const { validate } = createValidator({ definitions: [profile, ...(more.definitions ?? [])] });
  return validate(resource, { profiles: [profile.url], ...more.options }).map(
    ({ severity, code, expression, diagnostics }) =>
      `${severity === 'error' ? '' : `${severity} `}${code} ${String(expression?.[0])}: ${diagnostics.replace(/ \(profile [^)]*\)\.$/, '.')}`,
  );
}

const text = { text: 'x' };
const patient = { resourceType: 'Patient' };

describe('codes that a profile allows', () => {
  const terminology = {
    holds: (valueSet: string, { code }: { code: string }) =>
      valueSet === 'http://example.org/letters' ? code === 'a' : undefined,
    codesOf: () => undefined,
    below: () => undefined,
    above: () => undefined,
  };
  const bound = (strength: 'required' | 'extensible' | 'preferred', valueSet = 'http://example.org/letters') =>
    profileOf('Patient', { 'Patient.maritalStatus': { binding: { strength, valueSet } } });
  const status = (code: string): unknown => ({ ...patient, maritalStatus: { coding: [{ system: 'http://x', code }] } });

  it.each([
    [
      'required',
      'error code-invalid: No code "b" is in the required value set http://example.org/letters (profile http://example.org/Patient).',
    ],
    [
      'extensible',
      'warning code-invalid: No code "b" is in http://example.org/letters, which should be used where one of its codes fits (profile http://example.org/Patient).',
    ],
  ] as const)('are looked up where the binding is %s', (strength, said) => {
    const profile = bound(strength);
    const { validate } = createValidator({ definitions: [profile], terminology });
    const of = (resource: unknown) =>
      validate(resource, { profiles: [profile.url] })
        .map(({ severity, code, diagnostics }) => `${severity} ${code}: ${diagnostics}`)
        // R4 itself binds the element to a value set that this terminology does not have
        .filter((one) => one.includes('profile'));
    expect(of(status('a'))).toEqual([]);
    expect(of(status('b'))).toEqual([said]);
  });

  it('are left alone where the binding is preferred, or nobody can tell', () => {
    expect(found(bound('preferred'), status('b'))).toEqual([]);
    expect(found(bound('required'), status('b'))).toEqual([]);
    expect(found(bound('required'), status('b'), { options: { level: 'information' } })).toContain(
      'information not-supported Patient.maritalStatus: Whether the code is in http://example.org/letters cannot be told here.',
    );
  });

  it('are those of required value sets that the build keeps, also without a terminology', () => {
    const profile = bound('required', 'http://hl7.org/fhir/ValueSet/administrative-gender');
    const gender = { coding: [{ system: 'http://hl7.org/fhir/administrative-gender', code: 'male' }] };
    expect(found(profile, { ...patient, maritalStatus: gender })).toEqual([]);
    expect(found(profile, status('male'))).toEqual([
      'code-invalid Patient.maritalStatus: No code "male" is in the required value set http://hl7.org/fhir/ValueSet/administrative-gender.',
    ]);
  });

  it('are warned of where R4 binds them extensibly', () => {
    const { validate } = createValidator({
      terminology: { ...terminology, holds: (valueSet) => !valueSet.endsWith('/marital-status') },
    });
    expect(validate(status('x'))).toEqual([
      {
        severity: 'warning',
        code: 'code-invalid',
        expression: ['Patient.maritalStatus'],
        diagnostics:
          'No code "x" is in http://hl7.org/fhir/ValueSet/marital-status, which should be used where one of its codes fits (FHIR R4).',
      },
    ]);
    expect(validate({ ...patient, maritalStatus: text })).toEqual([]);
    expect(validate(status('x'), { level: 'error' })).toEqual([]);
  });
});

describe('which profiles are checked', () => {
  const profile = profileOf('Patient', { 'Patient.gender': { min: 1 } }, { version: '2.0.0' });
  const { validate } = createValidator({ definitions: [profile] });
  const claiming = (canonical: string, more: object = {}): unknown => ({
    ...patient,
    meta: { profile: [canonical] },
    ...more,
  });
  const missing = {
    severity: 'error',
    code: 'required',
    expression: ['Patient.gender'],
    diagnostics: 'The element gender is required and missing (profile http://example.org/Patient).',
  };

  it('are those that the resource says it keeps, once', () => {
    expect(validate(claiming(profile.url))).toEqual([missing]);
    expect(validate(claiming(`${profile.url}|2.0.0`))).toEqual([missing]);
    expect(validate(claiming(profile.url), { profiles: [profile.url] })).toEqual([missing]);
    expect(validate(claiming(profile.url, { gender: 'male' }))).toEqual([]);
  });

  it('are those of contained resources and entries too', () => {
    const person = claiming(profile.url) as object;
    const task = { resourceType: 'Task', status: 'requested', intent: 'order' };
    expect(validate({ ...task, contained: [{ ...person, id: 'p' }], for: { reference: '#p' } })).toEqual([
      { ...missing, expression: ['Task.contained[0].gender'] },
    ]);
    expect(validate({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: person }] })).toEqual([
      { ...missing, expression: ['Bundle.entry[0].resource.gender'] },
    ]);
  });

  it('are remarked on where they are not known, and refused where the caller asks for one that is not', () => {
    const unknown = claiming('http://example.org/other');
    expect(validate(unknown)).toEqual([]);
    expect(validate(claiming(`${profile.url}|1.0.0`))).toEqual([]);
    expect(validate(unknown, { level: 'information' })).toContainEqual({
      severity: 'information',
      code: 'not-found',
      expression: ['Patient.meta.profile[0]'],
      diagnostics: 'The profile "http://example.org/other" is not known here and was not checked.',
    });
    expect(validate(patient, { profiles: ['http://example.org/other'] })).toEqual([
      {
        severity: 'error',
        code: 'not-found',
        expression: ['Patient'],
        diagnostics: 'The profile "http://example.org/other" is not known here.',
      },
    ]);
  });

  it('may be base types', () => {
    expect(validate(patient, { profiles: ['http://hl7.org/fhir/StructureDefinition/Patient'] })).toEqual([]);
    expect(validate(patient, { profiles: ['http://hl7.org/fhir/StructureDefinition/Resource'] })).toEqual([]);
  });

  it('are of the type of the resource', () => {
    const task = { resourceType: 'Task', status: 'requested', intent: 'order' };
    const said = 'The profile http://example.org/Patient is of Patient, and this is a Task.';
    expect(validate(task, { profiles: [profile.url] }).map(({ diagnostics }) => diagnostics)).toEqual([said]);
    expect(validate({ ...task, meta: { profile: [profile.url] } }).map(({ diagnostics }) => diagnostics)).toEqual([
      'The profile is of Patient, and this is a Task.',
    ]);
  });
});

describe('profiles that nobody knows', () => {
  it('leave nothing behind, however many are claimed', () => {
    const registry = new ProfileRegistry(readStructures(), []);
    const hl7 = 'http://hl7.org/fhir/StructureDefinition/';
    const canonicals = Array.from({ length: 1_000 }, (_, index) => `http://example.org/${String(index)}`);
    const versions = Array.from({ length: 1_000 }, (_, index) => `${hl7}Patient|${String(index)}`);
    expect([...canonicals, ...versions].filter((canonical) => registry.find(canonical) !== undefined)).toEqual([]);
    expect(registry.kept).toBe(0);
    expect(['Patient', 'Patient|4.0.1', 'bodyweight'].map((name) => registry.usable(hl7 + name)?.type)).toEqual([
      'Patient',
      'Patient',
      'Observation',
    ]);
    expect(registry.kept).toBe(2);
  });
});
