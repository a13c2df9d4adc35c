import type { Extension, Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import {
  type BusinessStatus,
  businessStatuses,
  businessStatusOf,
  businessStatusSystem,
  occurredAtExtension,
  saidByExtension,
  stateBeforeExtension,
  taskStatusSystem,
} from './codes.js';
import { extensionOf, extensionsOf, withExtensions } from './extensions.js';
import type { Actor, PartTurn, TaskStatus } from './turns/transition.js';

/** A state that was left, when, and by whom. */
export interface LeftState {
  status: TaskStatus;
  business: BusinessStatus;
  at: Date;
  /** The sides that left it; none where it was Ginnel. */
  by: readonly Actor[];
}

/** The state to which a Task goes back: it stands in the Task, so that a Task alone says what may become of it. */
export function stateBefore(task: Task): LeftState | undefined {
  return leftIn(extensionsOf(task, stateBeforeExtension).at(-1));
}

/** All states that the Task would go back through, the last that it left first. */
export function statesBefore(task: Task): LeftState[] {
  return extensionsOf(task, stateBeforeExtension)
    .flatMap((one) => leftIn(one) ?? [])
    .reverse();
}

function leftIn(extension: Extension | undefined): LeftState | undefined {
  const left = extension?.valueCodeableConcept;
  const codeIn = (wanted: string) => left?.coding?.find(({ system }) => system === wanted)?.code;
  const business = businessStatuses.find((code) => code === codeIn(businessStatusSystem));
  const status = codeIn(taskStatusSystem) as TaskStatus | undefined;
  const at = left?.extension?.find(({ url }) => url === occurredAtExtension)?.valueDateTime;
  if (status === undefined || business === undefined || at === undefined) return undefined;
  const by = (left?.extension ?? []).flatMap(({ url, valueCode }) => (url === saidByExtension ? [valueCode] : []));
  return { status, business, at: new Date(at), by: by as Actor[] };
}

export interface Leaving {
  now: Date;
  actors: readonly Actor[];
}

/** The states that were left, after this turn out of `previous`: one more, one less, the same or none. */
export function statesLeft(previous: Task, { keepsState, to, business, who }: PartTurn, mover: Leaving): Extension[] {
  const leaving = { now: mover.now, actors: mover.actors.filter((actor) => who.includes(actor)) };
  const before = extensionsOf(previous, stateBeforeExtension);
  if (to === 'before') return before.slice(0, -1);
  if (business === 'same') return before;
  if (!keepsState) return [];
  const stands = stateLeft(standing(previous, mover), leaving);
  if (!isEnd(to)) return [...before, stands];
  // An asked cancellation is over with the end that it finds: what is undone goes on where it was before.
  const left = businessStatusOf(previous) === 'cancel-requested' ? stateBefore(previous) : undefined;
  const kept = before.filter((one) => leftIn(one)?.business !== 'cancel-requested');
  return left ? [...kept.slice(0, -1), stateLeft(left, leaving)] : [...kept, stands];
}

/** Where it stands, as it is left: a provider that moves it has seen it. */
function standing(previous: Task, { actors }: Leaving): Pick<LeftState, 'status' | 'business'> {
  const { status } = previous;
  if (actors.includes('provider') && status === 'requested') return { status: 'received', business: 'acknowledged' };
  return { status, business: (businessStatusOf(previous) ?? 'sent') as BusinessStatus };
}

/** Somebody said that the person has died, and nobody took it back: also where a cancellation was asked since. */
export function isDeathReported(task: Task): boolean {
  const business = businessStatusOf(task);
  return (business === 'cancel-requested' ? stateBefore(task)?.business : business) === 'death-reported';
}

/** A cancellation was asked and not answered yet: also where the person was said to have died since. */
export function isCancellationAsked(task: Task): boolean {
  const stands = [businessStatusOf(task), ...statesBefore(task).map(({ business }) => business)];
  return isOpen(task) && stands.includes('cancel-requested');
}

/** True where a Task that stands so does no more work. */
export function isEnd(status: PartTurn['to']): boolean {
  return ['rejected', 'completed', 'failed', 'cancelled', 'entered-in-error'].includes(status);
}

/** Task.status of what is not over; a draft is not asked of anybody yet. */
export const openStatuses: readonly Task['status'][] = [
  'requested',
  'received',
  'accepted',
  'ready',
  'in-progress',
  'on-hold',
];

export function isOpen({ status }: Pick<Task, 'status'>): boolean {
  return openStatuses.includes(status);
}

/** The Task with the states that were left, whatever its writer said of them. */
export function withStatesLeft(task: Task, left: readonly Extension[]): Task {
  return withExtensions(task, stateBeforeExtension, left);
}

/** When a Task came to its end. */
export function endedAt(task: Task): Date | undefined {
  const at = extensionOf(task, occurredAtExtension)?.valueDateTime ?? task.lastModified;
  return stateBefore(task)?.at ?? (at === undefined ? undefined : new Date(parseDateTime(at)));
}

function stateLeft({ status, business }: Pick<LeftState, 'status' | 'business'>, { now, actors }: Leaving): Extension {
  const sides = actors.filter((actor) => actor !== 'system');
  return {
    url: stateBeforeExtension,
    valueCodeableConcept: {
      extension: [
        { url: occurredAtExtension, valueDateTime: now.toISOString() },
        ...sides.map((valueCode) => ({ url: saidByExtension, valueCode })),
      ],
      coding: [
        { system: taskStatusSystem, code: status },
        { system: businessStatusSystem, code: business },
      ],
    },
  };
}
