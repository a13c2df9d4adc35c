import type { DocumentReference, Task } from 'fhir/r4';
import { partOfOutcome } from './part-of-outcome.js';

function part(id: string, owner: string, status: Task['status'], day: number): Task {
  const lastModified = `2026-11-${String(day).padStart(2, '0')}T09:00:00Z`;
  const reference = `Organization/${owner}`;
  return { resourceType: 'Task', id, intent: 'order', status, owner: { reference }, lastModified };
}

function letter(by: string, docStatus: NonNullable<DocumentReference['docStatus']>): DocumentReference {
  const custodian = { reference: `Organization/${by}` };
  return { resourceType: 'DocumentReference', status: 'current', docStatus, custodian, content: [] };
}

describe('the part with which an outcome summary is told', () => {
  const open = part('open', 'p', 'in-progress', 1);
  const done = part('done', 'p', 'completed', 2);
  const refused = part('refused', 'q', 'rejected', 3);
  const mistaken = part('mistaken', 'p', 'entered-in-error', 4);

  it.each<[string, DocumentReference, Task[], string | undefined]>([
    [
      'goes on, at a milestone, and none that another provider ended since',
      letter('p', 'preliminary'),
      [open, refused],
      'open',
    ],
    ['goes on, at a milestone, also beside one that was completed', letter('p', 'preliminary'), [open, done], 'open'],
    ['was completed, at the end, by the provider that the letter is by', letter('p', 'final'), [done, refused], 'done'],
    [
      'ended last, where none was completed',
      letter('q', 'final'),
      [part('earlier', 'q', 'failed', 1), refused],
      'refused',
    ],
    ['is there, where its provider has none', letter('r', 'final'), [done, refused], 'done'],
    ['was no error', letter('p', 'amended'), [mistaken, done], 'done'],
    ['is none, where all were errors', letter('p', 'final'), [mistaken], undefined],
  ])('is the one that %s', (_, document, parts, told) => {
    expect(partOfOutcome(document, parts)?.id).toBe(told);
  });
});
