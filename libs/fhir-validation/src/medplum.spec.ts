import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isFault } from '#fhir';
import { medplumFault, readDefinitions } from '../test/medplum.js';
import { isFields } from './fields.js';
import { createValidator } from './validator.js';

// Two validators that were written apart; docs/validation.md explains where they disagree.

const shared = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const { validate } = createValidator();

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function isRefused(resource: unknown): boolean {
  return validate(resource).some(isFault);
}

beforeAll(readDefinitions);

const task = { resourceType: 'Task', status: 'requested', intent: 'order' };
const patient = { resourceType: 'Patient' };

describe('what @medplum/core accepts and R4 does not', () => {
  it.each<[string, unknown]>([
    ['an id with other letters', { ...patient, id: 'a_b' }],
    ['a code outside a required value set', { ...task, status: 'bogus' }],
    ['two types of one choice', { ...patient, deceasedBoolean: true, deceasedDateTime: '2026' }],
    ['a reference to another type', { ...task, encounter: { reference: 'Patient/1' } }],
    ['an empty object', { ...task, code: {} }],
    ['an empty list', { ...task, note: [] }],
    ['an empty string', { ...task, description: '' }],
    ['a period that ends before it starts', { ...task, executionPeriod: { start: '2026-02', end: '2026-01' } }],
    ['a reference to a contained resource that is not there', { ...task, focus: { reference: '#nope' } }],
    [
      'two items of one linkId',
      {
        resourceType: 'Questionnaire',
        status: 'draft',
        item: [
          { linkId: '1', type: 'string' },
          { linkId: '1', type: 'string' },
        ],
      },
    ],
    [
      'a script in a narrative',
      {
        ...patient,
        text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>' },
      },
    ],
    ['a day that does not exist', { ...patient, birthDate: '2026-02-30' }],
  ])('is refused here: %s', (_, resource) => {
    expect([medplumFault(resource), isRefused(resource)]).toEqual([undefined, true]);
  });
});

if (existsSync(shared)) {
  const sets = ['bars', 'ukcore', 'sdoh', 'healthcareservice', 'nhs-extra'];
  const files = sets.flatMap((set) =>
    readdirSync(shared + set, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => `${set}/${name}`)
      .sort(),
  );
  const resources = files
    .map((file): [string, unknown] => [file, read(shared + file)])
    .filter(([, value]) => isFields(value) && typeof value.resourceType === 'string');

  const notAnIssueType =
    'is not in the required value set: allowed are the codes of http://hl7.org/fhir/ValueSet/issue-type.';
  const notAReference =
    'A reference is Type/id, an absolute URL, urn:uuid: or urn:oid: with its value, or #id of a contained resource.';

  describe('published resources', () => {
    it('are accepted where @medplum/core accepts them, but for codes and references', () => {
      const disagreed = resources.filter(
        ([, resource]) => isRefused(resource) !== (medplumFault(resource) !== undefined),
      );
      expect(disagreed.map(([file, resource]) => [file, validate(resource).find(isFault)?.diagnostics])).toEqual([
        ['bars/api_OperationOutcome_REC_500-REC_SERVER_ERROR-too_costly.json', `The code ${notAnIssueType}`],
        ['bars/api_invalid-base64.json', `The code "400" ${notAnIssueType}`],
        ['bars/api_process_message_response_ValidationRequest_HTTP_Response.json', notAReference],
        ['bars/api_unavailable.json', `The code "503" ${notAnIssueType}`],
        [
          'bars/ig_QuestionnaireResponse_for_NOC.json',
          'The reference names "Ecounter", which is no resource type of FHIR R4.',
        ],
        [
          'bars/ig_QuestionnaireResponse_for_PTS.json',
          'The reference names "Ecounter", which is no resource type of FHIR R4.',
        ],
        ['ukcore/UKCore-Provenance-RARecordConsent-Example.json', notAReference],
        [
          'nhs-extra/QuestionnaireResponse__QuestionnaireResponse-PrescribingNomination-Organisation.json',
          'The reference is to Organization; allowed is Patient, Practitioner, PractitionerRole, RelatedPerson.',
        ],
      ]);
    });

    it('are refused where @medplum/core refuses them when one element is spoilt', () => {
      const small = resources.filter(([, resource]) => !isRefused(resource) && JSON.stringify(resource).length < 3_000);
      const spoilt = small.filter((_, index) => index % 12 === 0).flatMap(([, resource]) => spoiltCopies(resource));
      const missed = spoilt.filter((copy) => !isRefused(copy)).map(medplumFault);
      expect(spoilt.length).toBeGreaterThan(3_000);
      // md-1 has no answer where max, which is optional, is not there
      expect(missed.filter((fault) => fault !== undefined && !fault.startsWith('Constraint md-1 '))).toEqual([]);
    });
  });
} else {
  it('does not compare published resources: the folder ../shared/data is absent', () => {
    expect(existsSync(shared)).toBe(false);
  });
}

/** For each place in a resource, copies in which that place is gone or holds something else. */
function spoiltCopies(resource: unknown): unknown[] {
  const text = JSON.stringify(resource);
  return placesIn(resource).flatMap((place) =>
    [undefined, null, {}, [], '', 1, -1.5, true, 'x y'].map((value) => {
      const copy: unknown = JSON.parse(text);
      put(copy, place, value);
      return copy;
    }),
  );
}

function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...placesIn(inner).map((place) => [key, ...place])]);
}

function put(target: unknown, place: readonly string[], value: unknown): void {
  const parent = place.slice(0, -1).reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], target);
  const key = place.at(-1) ?? '';
  if (value !== undefined) (parent as Record<string, unknown>)[key] = value;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent as object, key);
}
