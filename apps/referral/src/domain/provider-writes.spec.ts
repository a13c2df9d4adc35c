import type { Task } from 'fhir/r4';
import { occurredAtExtension, readinessExtension, workerExtension } from './codes.js';
import { providerWritesKept } from './provider-writes.js';

const coded = (code: string) => ({ coding: [{ code }] });
const readiness = { url: readinessExtension, valueCodeableConcept: coded('green') };
const worker = { url: workerExtension, valueReference: { reference: 'Practitioner/one' } };
const before: Task = {
  resourceType: 'Task',
  status: 'accepted',
  intent: 'order',
  description: 'Rings after six.',
  note: [{ text: 'First.' }],
  output: [{ type: coded('still-open'), valueString: 'Nothing.' }],
  extension: [readiness, worker],
};

describe('what a provider wrote', () => {
  it.each<[string, Partial<Task>, string[]]>([
    ['a status and its reason', { status: 'cancelled', statusReason: { text: 'No.' } }, []],
    ['one more note', { note: [{ text: 'First.' }, { text: 'Second.' }] }, []],
    [
      'when it happened',
      { extension: [{ url: occurredAtExtension, valueDateTime: '2026-11-01' }, readiness, worker] },
      [],
    ],
    ['the extensions in another order', { extension: [worker, readiness] }, []],
    ['another note', { note: [{ text: 'Second.' }] }, ['Task.note']],
    ['no output', { output: [] }, ['Task.output']],
    ['another description', { description: 'Never rings.' }, ['Task.description']],
    ['another readiness', { extension: [] }, ['Task.extension']],
    ['a period', { executionPeriod: { start: '2026-11-01' } }, ['Task.executionPeriod']],
  ])('is held against a requester who brings %s', (_words, change, expressions) => {
    const after = { ...before, ...change };
    const issues = providerWritesKept(before, after, ['requester']);
    expect(issues.map(({ expression }) => expression?.[0])).toEqual(expressions);
    expect(providerWritesKept(before, after, ['requester', 'provider'])).toEqual([]);
  });
});
