import type { Task } from 'fhir/r4';
import { FhirError } from '#fhir';
import { asksWithin, canNarrow, isWithinNarrowings, narrowingsOf } from './narrowing.js';
import { parseSearch } from './parse-search.js';

describe('the search parameters of a scope', () => {
  it.each([
    ['Task', 'owner=Organization/x'],
    ['Task', 'status=requested,accepted&owner=Organization/x'],
    ['Task', 'status:not=draft'],
    ['Task', 'business-status=https://example.org/s|waitlisted'],
    ['Observation', 'category=http://terminology.hl7.org/CodeSystem/observation-category|survey'],
    ['Observation', 'code-value-quantity=mood$gt5'],
    ['Patient', 'identifier:of-type=https://example.org/t|MR|1'],
    ['Patient', '_tag=https://example.org/pilot|leeds'],
    ['Task', '_profile:below=https://example.org/'],
    ['Appointment', 'date=ge2026-01-01'],
    ['Patient', 'birthdate:missing=false'],
  ])('can be held to: %s?%s', (type, query) => {
    expect(canNarrow(type, query)).toBe(true);
  });

  it.each([
    ['Task', '', 'says nothing'],
    ['Task', 'nosuch=x', 'is no parameter'],
    ['Task', 'status=', 'has no value'],
    ['Task', 'owner.name=x', 'leads to another type'],
    ['Task', 'owner:Organization.active=true', 'leads to another type'],
    ['Patient', '_has:Task:patient:status=requested', 'leads to another type'],
    ['Task', 'code:in=https://example.org/codes', 'asks for a value set'],
    ['Location', 'partof:below=Location/1', 'walks through other resources'],
    ['Location', 'near=53|-1', 'is a distance'],
    ['Task', '_lastUpdated=ge2026-01-01', 'changes as time goes on'],
    ['Task', 'status=requested&_count=5', 'is about the answer'],
    ['Task', '_include=Task:owner', 'is about the answer'],
    ['AuditEvent', 'agent=x', 'is of a type that no search goes through'],
    ['Nonsense', 'status=x', 'is of no type'],
  ])('cannot be held to: %s?%s, for it %s', (type, query) => {
    expect(canNarrow(type, query)).toBe(false);
    const attempt = () => narrowingsOf(['moor-practice', `${type}?${query}`], type);
    expect(attempt).toThrow(FhirError);
    expect(attempt).toThrow('cannot hold to');
  });

  it('are never repeated in a refusal, for they may be about a person', () => {
    expect(() => narrowingsOf(['Patient?nosuch=9990000018'], 'Patient')).toThrow(/^(?!.*9990000018)/);
  });
});

describe('criteria', () => {
  it.each<[boolean, string, string[]]>([
    [true, '', ['a']],
    [true, '', ['a', 'Patient?active=true']],
    [true, 'status=draft&owner=Organization/a', ['a', 'Task?owner=Organization/a']],
    [true, 'status=b,a', ['a', 'Task?status=a,b', 'Task?owner=Organization/a']],
    [false, 'status=a', ['a', 'Task?status=a,b']],
    [false, '', ['a', 'Task?owner=Organization/a']],
    [false, 'owner=Organization/a', ['a', 'Task?owner=Organization/a&status=draft']],
  ])('of which it is %s that they lie within the narrowings: %s, %j', (isWithin, asked, reader) => {
    const { query } = parseSearch('Task', new URLSearchParams(asked), { lenient: false });
    expect(asksWithin(reader, query)).toBe(isWithin);
  });
});

describe('a reader', () => {
  const task: Task = {
    resourceType: 'Task',
    status: 'accepted',
    intent: 'order',
    owner: { reference: 'Organization/a' },
  };

  it.each<[boolean, string[]]>([
    [true, ['a', 'public']],
    [true, ['*', 'Patient?active=true']],
    [true, ['a', 'Task?status=accepted']],
    [true, ['a', 'Task?status=draft', 'Task?owner=Organization/a']],
    [false, ['a', 'Task?status=draft&owner=Organization/a']],
    [false, ['*', 'Task?owner=Organization/b']],
    [false, ['a', 'Task?status:not=accepted']],
  ])('of which it is %s that a Task is within its narrowings: %j', (isWithin, reader) => {
    expect(isWithinNarrowings(reader, task)).toBe(isWithin);
  });
});
