import type {
  CarePlan,
  FhirResource,
  Observation,
  Organization,
  Patient,
  Practitioner,
  PractitionerRole,
} from 'fhir/r4';
import { parseJson, stringifyJson } from '#fhir';
import { embed, type MessageLinks, refuseTooMuch } from './embed.js';

const patient: Patient = { resourceType: 'Patient' };
const organization: Organization = { resourceType: 'Organization', name: 'An invented practice' };
const practitioner: Practitioner = { resourceType: 'Practitioner', meta: { versionId: '1' } };
const role: PractitionerRole = {
  resourceType: 'PractitionerRole',
  practitioner: { reference: 'urn:practitioner' },
  organization: { reference: 'urn:organization' },
  healthcareService: [{ reference: 'HealthcareService/elsewhere' }],
};
const unstored: FhirResource = { resourceType: 'Appointment', status: 'proposed', participant: [] };
const entries = new Map<string, FhirResource>([
  ['urn:patient', patient],
  ['urn:organization', organization],
  ['urn:practitioner', practitioner],
  ['urn:role', role],
  ['urn:unstored', unstored],
]);
const links: MessageLinks = {
  resolve: (literal) => entries.get(literal),
  stored: new Map<FhirResource, string>([
    [patient, 'Patient/p-1'],
    [organization, 'Organization/o-1'],
  ]),
  foreign: new Set<FhirResource>([practitioner, role]),
  directory: new Set(['HealthcareService/walks', 'Organization/o-1']),
};

const sender = (value: string) => ({ system: 'https://ginnel.org.uk/fhir/Id/sender-reference', value });
const plan = (more: Partial<CarePlan>): CarePlan => ({
  resourceType: 'CarePlan',
  status: 'active',
  intent: 'plan',
  subject: { reference: 'urn:patient' },
  ...more,
});

describe('a resource of a message', () => {
  it.each([
    ['what was stored', 'urn:patient', { reference: 'Patient/p-1' }],
    ['a resource of the directory', 'HealthcareService/walks', { reference: 'HealthcareService/walks' }],
    ['a version of one', 'Organization/o-1/_history/3', { reference: 'Organization/o-1' }],
    ['what is contained in it', '#own', { reference: '#own' }],
  ])('points to %s', (_, literal, expected) => {
    expect(embed(plan({ author: { reference: literal } }), links).author).toEqual(expected);
  });

  it.each([
    'Patient/p-1',
    'Patient/p-1/_history/1',
    '/Patient/p-1',
    'anything/Patient/p-1',
    'http://ginnel.test/fhir/Patient/p-1',
    'HTTPS://ginnel.test/fhir/Patient/p-1',
    'HealthcareService/not-there',
    'urn:unstored',
    'urn:nowhere',
  ])('keeps %s, which means nothing here, as an identifier', (literal) => {
    const author = { reference: literal, type: 'Patient', display: 'somebody' };
    expect(embed(plan({ author }), links).author).toEqual({
      type: 'Patient',
      display: 'somebody',
      identifier: sender(literal),
    });
  });

  it('keeps the identifier that a reference has', () => {
    const identifier = { system: 'https://practice.example/Id', value: '7' };
    expect(embed(plan({ partOf: [{ reference: 'CarePlan/1', identifier }] }), links).partOf).toEqual([{ identifier }]);
  });

  it('has references settled wherever they stand: in extensions and in what it contains', () => {
    const extension = [{ url: 'https://practice.example/x', valueReference: { reference: 'Task/1' } }];
    const contained: FhirResource[] = [plan({ id: 'own', extension })];
    const { resourceType, ...rest } = embed(plan({ extension, contained }), links);
    expect(resourceType).toBe('CarePlan');
    expect(JSON.stringify(rest)).not.toContain('"reference":"Task/1"');
    expect(JSON.stringify(rest).split(JSON.stringify(sender('Task/1')))).toHaveLength(3);
  });

  it('brings with it those whom the directory does not know, with what they need', () => {
    const { author, contained } = embed(plan({ author: { reference: 'urn:role' } }), links);
    expect([author, contained]).toEqual([
      { reference: '#sent-1' },
      [
        {
          resourceType: 'PractitionerRole',
          id: 'sent-1',
          practitioner: { reference: '#sent-2' },
          organization: { reference: 'Organization/o-1' },
          healthcareService: [{ identifier: sender('HealthcareService/elsewhere') }],
        },
        { resourceType: 'Practitioner', id: 'sent-2' },
      ],
    ]);
  });

  it('never takes the name of what it contains itself', () => {
    const own: FhirResource = { resourceType: 'Device', id: 'sent-1' };
    const { author, contained } = embed(plan({ author: { reference: 'urn:practitioner' }, contained: [own] }), links);
    expect([author, contained]).toEqual([
      { reference: '#sent-2' },
      [own, { resourceType: 'Practitioner', id: 'sent-2' }],
    ]);
  });

  it('keeps the digits of its decimals', () => {
    const text =
      '{"resourceType":"Observation","status":"final","code":{},"subject":{"reference":"urn:patient"},"valueQuantity":{"value":72.50}}';
    const settled = embed(parseJson(text) as Observation, links);
    expect(stringifyJson(settled)).toBe(text.replace('urn:patient', 'Patient/p-1'));
  });

  it('has the codes of UK Core that are in use today, where it was sent with retired ones', () => {
    const coded = (name: string, system: string, code: string) => ({
      url: `https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-${name}`,
      valueCodeableConcept: { coding: [{ system: `https://fhir.hl7.org.uk/CodeSystem/UKCore-${system}`, code }] },
    });
    const of = (status: [string, string], ethnic: [string, string]): Patient => ({
      resourceType: 'Patient',
      extension: [coded('EthnicCategory', ...ethnic)],
      identifier: [{ extension: [coded('NHSNumberVerificationStatus', ...status)], value: '9990000018' }],
    });
    expect(
      embed(of(['NHSNumberVerificationStatus', 'number-present-and-verified'], ['EthnicCategory', 'A']), links),
    ).toEqual(of(['NHSNumberVerificationStatusEngland', '01'], ['EthnicCategoryEngland', 'A']));
    expect(
      embed(of(['NHSNumberVerificationStatusEngland', 'number-present-and-verified'], ['EthnicCategory', 'A']), links),
    ).toEqual(of(['NHSNumberVerificationStatusEngland', '01'], ['EthnicCategoryEngland', 'A']));
    const unknown = of(['NHSNumberVerificationStatus', 'something-else'], ['EthnicCategory', 'T']);
    expect(embed(unknown, links)).toEqual(unknown);
  });

  it.each([
    ['is refused where it would come to contain more than is kept', 300_000, 14, true],
    ['is taken where it does not', 300_000, 12, false],
  ])('%s', (_title, length, count, isRefused) => {
    const photographed: Practitioner = { ...practitioner, photo: [{ data: 'A'.repeat(length) }] };
    const known = { ...links, resolve: () => photographed, foreign: new Set<FhirResource>([photographed]) };
    const plans = Array.from({ length: count }, () => plan({ author: { reference: 'urn:practitioner' } }));
    const attempt = () => {
      refuseTooMuch({ resourceType: 'Bundle', type: 'message' }, plans, known);
    };
    if (!isRefused) expect(attempt).not.toThrow();
    else expect(refusalOf(attempt)).toMatchObject({ status: 422, issues: [{ code: 'too-costly' }] });
  });
});

function refusalOf(attempt: () => void): unknown {
  try {
    attempt();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}
