import { isDeepStrictEqual } from 'node:util';
import type { Annotation, Task } from 'fhir/r4';
import { error, FhirError, idIn, parseDateTime } from '#fhir';

export interface NoteWriter {
  /** Organization of the caller. */
  author?: string;
  now: Date;
}

/** Who writes at this moment. */
export function writerOf({ organisation }: { organisation?: string }, now: Date): NoteWriter {
  return organisation === undefined ? { now } : { author: organisation, now };
}

/** A Task that is new here: its notes are signed and dated as those that come later. */
export function withSignedNotes(task: Task, writer: NoteWriter): Task {
  return task.note ? { ...task, note: notesOf({ ...task, note: [] }, task, writer) } : task;
}

/**
 * The notes that are there, then the new ones of `next`: nobody's words are changed or taken away. A new one is signed by its
 * writer where it names no author, and dated now where it names no time, or one that is to come. Throws for one in the name of
 * another organisation.
 */
export function notesOf(previous: Task, next: Task, { author, now }: NoteWriter): Annotation[] {
  const before = previous.note ?? [];
  const added = notKnown(before, next.note ?? []);
  for (const note of added) refuseOthersName(note, author);
  return [...before, ...added.map((note) => ({ ...signature(note, author), ...note, time: timeOf(note, now) }))];
}

/**
 * The referral's own Task as those who join may read it: without the notes of other providers, which their organisation signed
 * or which stand in their part, too. There they stay.
 */
export function withoutOthersNotes(
  task: Task,
  { parts, joining }: { parts: readonly Task[]; joining: readonly string[] },
): Task {
  if (joining.length === 0) return task;
  const { note = [], ...rest } = task;
  const own = [...joining, idIn(task.requester, 'Organization')];
  const others = parts.filter(({ owner }) => !own.includes(idIn(owner, 'Organization')));
  const isOthers = (one: Annotation): boolean => {
    const author = idIn(one.authorReference, 'Organization');
    if (author !== undefined) return others.some(({ owner }) => idIn(owner, 'Organization') === author);
    return others.some((part) => part.note?.some((other) => isDeepStrictEqual(one, other)));
  };
  const left = note.filter((one) => !isOthers(one));
  return left.length > 0 ? { ...rest, note: left } : rest;
}

/**
 * Each note that is there stands for one that was sent: who says the same words again beside them says something new. Those that
 * say most find theirs first.
 */
function notKnown(before: readonly Annotation[], sent: readonly Annotation[]): Annotation[] {
  const left = [...before];
  const known = new Set<Annotation>();
  for (const note of [...sent].sort((one, other) => Object.keys(other).length - Object.keys(one).length)) {
    const place = left.findIndex((one) => isSame(one, note));
    if (place === -1) continue;
    left.splice(place, 1);
    known.add(note);
  }
  return sent.filter((note) => !known.has(note));
}

function signature({ authorReference, authorString }: Annotation, author: string | undefined): Partial<Annotation> {
  const isSigned = authorReference !== undefined || authorString !== undefined;
  return isSigned || author === undefined ? {} : { authorReference: { reference: `Organization/${author}` } };
}

/** An organisation speaks for itself; whom of its people it names is its to say. */
function refuseOthersName({ authorReference }: Annotation, author: string | undefined): void {
  const named = idIn(authorReference, 'Organization');
  if (named === undefined || author === undefined || named === author) return;
  const diagnostics = 'A note is not written in the name of another organisation.';
  throw new FhirError([error('forbidden', diagnostics, 'Task.note.authorReference')], { status: 422 });
}

function timeOf({ time }: Annotation, now: Date): string {
  return time === undefined || parseDateTime(time) > now.getTime() ? now.toISOString() : time;
}

/** As it was sent, or as it was signed here. */
function isSame(before: Annotation, sent: Annotation): boolean {
  const said = Object.entries(sent);
  return said.every(([element, value]) => isDeepStrictEqual(before[element as keyof Annotation], value));
}
