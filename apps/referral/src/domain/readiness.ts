import type { Communication, Encounter, Extension, Task } from 'fhir/r4';
import { contactAttemptExtension, contactCountExtension, readinessExtension, readinessSystem } from './codes.js';
import { extensionOf, withExtensions } from './extensions.js';

export const readinessColours = ['red', 'yellow', 'green'] as const;
export type Readiness = (typeof readinessColours)[number];

/** The traffic light of a contact, or the latest one of a Task. Readiness is no status: it may go back and forth. */
export function readinessOf(resource: Task | Encounter | Communication): Readiness | undefined {
  const extension = resource.extension?.find(({ url }) => url === readinessExtension);
  const coding = extension?.valueCodeableConcept?.coding?.find(({ system }) => system === readinessSystem);
  return readinessColours.find((colour) => colour === coding?.code);
}

/** The Task after one more contact: latest readiness, the number of contacts, and no attempt open. */
export function withContact(task: Task, readiness: Readiness): Task {
  const reached = withExtensions(task, contactAttemptExtension, []);
  return counted(withExtensions(reached, readinessExtension, [readinessIs(readiness)]));
}

/** The Task after one more contact or attempt. */
export function counted(task: Task): Task {
  return withExtensions(task, contactCountExtension, [
    { url: contactCountExtension, valuePositiveInt: contactCountOf(task) + 1 },
  ]);
}

/** The Task without one that was counted by mistake. */
export function uncounted(task: Task): Task {
  const count = contactCountOf(task) - 1;
  return withExtensions(
    task,
    contactCountExtension,
    count > 0 ? [{ url: contactCountExtension, valuePositiveInt: count }] : [],
  );
}

export function contactCountOf(task: Task): number {
  return extensionOf(task, contactCountExtension)?.valuePositiveInt ?? 0;
}

function readinessIs(code: Readiness): Extension {
  return { url: readinessExtension, valueCodeableConcept: { coding: [{ system: readinessSystem, code }] } };
}
