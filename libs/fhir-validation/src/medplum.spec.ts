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
