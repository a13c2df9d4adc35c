import type { Communication, Encounter, Extension, Task } from 'fhir/r4';
import { contactCountExtension, readinessExtension, readinessSystem } from './codes.js';

export const readinessColours = ['red', 'yellow', 'green'] as const;
export type Readiness = (typeof readinessColours)[number];

/** The traffic light of a contact, or the latest one of a Task. Readiness is no status: it may go back and forth. */
export function readinessOf(resource: Task | Encounter | Communication): Readiness | undefined {
  const extension = resource.extension?.find(({ url }) => url === readinessExtension);
  const coding = extension?.valueCodeableConcept?.coding?.find(({ system }) => system === readinessSystem);
  return readinessColours.find((colour) => colour === coding?.code);
}

/** The Task after one more contact: latest readiness and the number of contacts. */
export function withContact(task: Task, readiness: Readiness): Task {
  const count = task.extension?.find(({ url }) => url === contactCountExtension)?.valuePositiveInt ?? 0;
  const others = task.extension?.filter(({ url }) => url !== readinessExtension && url !== contactCountExtension) ?? [];
  return {
    ...task,
    extension: [...others, readinessIs(readiness), { url: contactCountExtension, valuePositiveInt: count + 1 }],
  };
}

function readinessIs(code: Readiness): Extension {
  return { url: readinessExtension, valueCodeableConcept: { coding: [{ system: readinessSystem, code }] } };
}
