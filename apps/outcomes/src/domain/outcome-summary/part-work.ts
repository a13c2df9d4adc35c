import type { Task } from 'fhir/r4';
import { outputsOf } from '../programme.js';

const base = 'https://ginnel.org.uk/fhir';
const taskStatusSystem = 'http://hl7.org/fhir/task-status';

/** True for a part that was worked on: it says since when, or what came of it. */
export function hasBegun(part: Task): boolean {
  const { status, executionPeriod } = part;
  const isAtWork = status === 'in-progress' || status === 'completed';
  return isAtWork || executionPeriod?.start !== undefined || outputsOf(part, 'need-met').length > 0;
}

/** True for a part that its provider ever took, however it ended. */
export function wasTakenUp(part: Task): boolean {
  const taken: readonly string[] = ['accepted', 'in-progress', 'on-hold'] satisfies Task['status'][];
  return hasBegun(part) || taken.includes(part.status) || statusesLeft(part).some((status) => taken.includes(status));
}

/** Of the states that it left for one that may be taken back. */
function statusesLeft({ extension = [] }: Task): string[] {
  return extension
    .filter(({ url }) => url === `${base}/StructureDefinition/state-before`)
    .flatMap(({ valueCodeableConcept }) => valueCodeableConcept?.coding ?? [])
    .flatMap(({ system, code }) => (system === taskStatusSystem && code !== undefined ? [code] : []));
}
