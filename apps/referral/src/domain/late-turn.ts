import type { Extension, Task } from 'fhir/r4';
import { isDeepStrictEqual } from 'node:util';
import { FhirError } from '#fhir';
import { businessStatusOf, businessStatusSystem, lateTurnExtension, occurredAtExtension } from './codes.js';
import { extensionOf, extensionsOf, withExtensions } from './extensions.js';
import { occurredAgain } from './find-turn.js';
import { outcomeIsRecorded } from './needs/outcome-is-recorded.rule.js';
import { type Actor, partTurns } from './transitions.js';

export const lateTurnEvent = 'referral-turn-came-late.v1';

/** The Task with a turn in its history that comes too late to move it: what it brings is kept, the state stays. */
export function lateTurnTaken(
  previous: Task,
  next: Task,
  { actors, now }: { actors: readonly Actor[]; now: Date },
): { task: Task; event: string } {
  if (!mayTell(next, actors)) throw FhirError.of('forbidden', 'This turn is told by another side of this referral.');
  const missing = next.status === 'completed' ? outcomeIsRecorded(next) : [];
  if (missing.length > 0) throw new FhirError(missing, { status: 422 });
  const said = occurredAgain(previous, next) ? extensionOf(next, occurredAtExtension)?.valueDateTime : undefined;
  const brought: Task = { ...previous, ...added(previous, next, 'output'), ...added(previous, next, 'note') };
  const code = codeOf(next);
  if (isNoted(previous, code, said) && isDeepStrictEqual(brought, previous))
    return { task: previous, event: 'task-updated.v1' };
  return {
    task: noted(brought, lateTurnExtension, { code, now, ...(said === undefined ? {} : { said }) }),
    event: lateTurnEvent,
  };
}

/** The Task with one more turn beside those that it took itself. */
export function noted(task: Task, url: string, { code, now, said }: { code: string; now: Date; said?: string }): Task {
  const note: Extension = {
    url,
    valueCodeableConcept: {
      extension: [{ url: occurredAtExtension, valueDateTime: said ?? now.toISOString() }],
      coding: [{ system: businessStatusSystem, code }],
    },
  };
  return withExtensions(task, url, [...extensionsOf(task, url), note]);
}

/** A turn that comes late is told by those who might have told it in time. */
function mayTell(next: Task, actors: readonly Actor[]): boolean {
  const code = codeOf(next);
  const rows = partTurns.filter(({ business, asks, to }) => business === code || asks === code || to === code);
  return rows.some(({ who }) => who.some((actor) => actors.includes(actor)));
}

function codeOf(next: Task): string {
  return next.status === 'completed' ? 'completed' : (businessStatusOf(next) ?? next.status);
}

/** A late turn that says no time is known by its words alone. */
function isNoted(task: Task, code: string, said: string | undefined): boolean {
  return extensionsOf(task, lateTurnExtension).some(({ valueCodeableConcept: concept }) => {
    const at = concept?.extension?.find(({ url }) => url === occurredAtExtension)?.valueDateTime;
    return concept?.coding?.some((coding) => coding.code === code) === true && (said === undefined || at === said);
  });
}

function added(previous: Task, next: Task, element: 'output' | 'note'): Partial<Task> {
  const known: readonly unknown[] = previous[element] ?? [];
  const more = (next[element] ?? []).filter((one) => !known.some((other) => isDeepStrictEqual(one, other)));
  return more.length === 0 ? {} : { [element]: [...known, ...more] };
}
