import { FhirError } from '#fhir';
import { normalisedCriteria } from './normalised-criteria.js';
import { parseCriteria } from './parse-search.js';

const baseUrl = 'https://own.example/fhir';

function key(type: string, query: string): string {
  return normalisedCriteria(type, parseCriteria(type, new URLSearchParams(query), { baseUrl }), baseUrl);
}

describe('the key of a conditional write', () => {
  it.each([
    ['Task', 'status=requested&owner=Organization/1', 'owner=Organization/1&status=requested'],
    ['Task', 'code=a,b', 'code=b,a'],
    ['Task', 'code=a,b', 'code=a,b,a'],
    ['Task', 'code=a', 'code=a&code=a'],
    ['Task', 'patient=1', 'patient=Patient/1'],
    ['Task', 'subject:Patient=1', 'subject=Patient/1'],
    ['Task', 'subject=https://own.example/fhir/Patient/1', 'subject=Patient/1'],
    [
      'Task',
      'focus.subject:Patient._id=1&focus:Task.owner=https://own.example/fhir/Patient/1',
      'focus:Task.owner=Patient/1&focus.subject:Patient._id=1',
    ],
    ['Task', 'subject=Patient/1/_history/3', 'subject=Patient/1'],
    ['Task', 'patient.name=Ann', 'patient:Patient.name=%20ANN'],
    ['Patient', 'name=Zo%C3%AB%20%20X', 'name=zoe%20x'],
    ['Task', 'authored-on=2026-03-14T09:30:00Z', 'authored-on=eq2026-03-14T10:30:00%2B01:00'],
    ['Patient', '_has:Task:patient:code=a,b', '_has:Task:patient:code=b,a'],
    ['Observation', 'code-value-quantity=a$5,b$6', 'code-value-quantity=b$6,a$5'],
    ['Task', 'identifier=https://x.example|1&_format=json', 'identifier=https://x.example|1'],
  ])('of %s is one for %s and %s', (type, one, other) => {
    expect(key(type, one)).toBe(key(type, other));
  });

  it.each([
    ['Task', 'code=a&code=b', 'code=a,b'],
    ['Task', 'code=a', 'code:not=a'],
    ['Task', 'code=a', 'code=|a'],
    ['Task', 'code=x|a', 'code=y|a'],
    ['Task', 'owner=Organization/1', 'owner=Patient/1'],
    ['Task', 'owner=https://other.example/fhir/Patient/1', 'owner=Patient/1'],
    ['Task', 'owner=Organization/1', 'requester=Organization/1'],
    ['Task', 'owner:missing=true', 'owner:missing=false'],
    ['Task', 'authored-on=2026', 'authored-on=ge2026'],
    ['Task', 'authored-on=2026', 'authored-on=2026-01'],
    ['Patient', 'name=ann', 'name:exact=ann'],
    ['Patient', 'name:exact=Ann', 'name:exact=ann'],
    ['Task', 'patient.name=ann', 'patient.family=ann'],
    ['Task', 'patient=1', '_has:Task:part-of:patient=1'],
    ['Observation', 'value-quantity=5||mg', 'value-quantity=5||g'],
  ])('of %s differs for %s and %s', (type, one, other) => {
    expect(key(type, one)).not.toBe(key(type, other));
  });

  it('differs for another type', () => {
    expect(key('Task', 'identifier=1')).not.toBe(key('Slot', 'identifier=1'));
  });
});

describe('the criteria of a conditional write', () => {
  it.each([
    ['', 'A conditional interaction takes at least one search parameter, such as identifier.'],
    ['_format=json', 'A conditional interaction takes at least one search parameter, such as identifier.'],
    ['status=requested&_count=1', "About the answer of a search, and no criterion: '_count'."],
    ['_include=Task:focus&_sort=_id', "About the answer of a search, and no criterion: '_include', '_sort'."],
    ['stat=requested', "Task's search parameter 'stat' is not known. The nearest known one is 'status'."],
  ])('are refused: %s', (query, expected) => {
    expect(faultOf(() => parseCriteria('Task', new URLSearchParams(query)))).toEqual([400, expected]);
  });
});

function faultOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (fault) {
    if (!(fault instanceof FhirError)) throw fault;
    return [fault.status, fault.message];
  }
}
