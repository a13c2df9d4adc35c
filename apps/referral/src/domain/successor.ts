import { isDeepStrictEqual } from 'node:util';
import type { Task, TaskOutput } from 'fhir/r4';
import { idIn } from '#fhir';
import { hasCode, taskOutputSystem } from './codes.js';

/** Id of the part that goes on where this one ended: after forwarding, or when it was reopened. */
export function successorOf(task: Task): string | undefined {
  return namedIn(task)
    .map(idOf)
    .find((id) => id !== undefined);
}

/** Those whom `next` names and `previous` does not. */
export function newSuccessors(previous: Task, next: Task): string[] {
  const known = namedIn(previous).map(idOf);
  return namedIn(next)
    .flatMap((one) => idOf(one) ?? [])
    .filter((id) => !known.includes(id));
}

/** The Task that still names who goes on for it, whatever its writer left out: else it might go on twice. */
export function withSuccessorsOf(previous: Task, next: Task): Task {
  const lost = namedIn(previous).filter((one) => !namedIn(next).some((other) => isDeepStrictEqual(one, other)));
  return lost.length === 0 ? next : { ...next, output: [...(next.output ?? []), ...lost] };
}

/** The output that names the part that goes on. */
export function successorIs(id: string): TaskOutput {
  return {
    type: { coding: [{ system: taskOutputSystem, code: 'successor' }] },
    valueReference: { reference: `Task/${id}` },
  };
}

function namedIn({ output = [] }: Task): TaskOutput[] {
  return output.filter(({ type }) => hasCode(type, taskOutputSystem, 'successor'));
}

function idOf({ valueReference }: TaskOutput): string | undefined {
  return idIn(valueReference, 'Task');
}
