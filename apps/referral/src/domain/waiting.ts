import type { Task } from 'fhir/r4';
import { taskInputSystem } from './codes.js';

/** The part that was sent to an activity which was full: it waits on its list, and says so from the beginning. */
export function sentToWait(part: Task): Task {
  const waiting = { type: { coding: [{ system: taskInputSystem, code: 'waiting' }] }, valueBoolean: true };
  return { ...part, input: [...(part.input ?? []), waiting] };
}
