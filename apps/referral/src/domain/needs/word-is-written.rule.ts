import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import type { Judged } from '../turns/transition.js';

/** One more note, which says who and when: a word of the person is somebody's hearing of it. */
export function wordIsWritten(task: Task, { previous }: Judged): Issue[] {
  const notes = task.note ?? [];
  const isNew = notes.length > (previous.note?.length ?? 0);
  const isSigned = notes.some(
    ({ authorReference, authorString, time }) =>
      (authorReference !== undefined || authorString !== undefined) && time !== undefined,
  );
  if (isNew && isSigned) return [];
  return [error('required', 'This turn needs one more Task.note, with its author and time.', 'Task.note')];
}
