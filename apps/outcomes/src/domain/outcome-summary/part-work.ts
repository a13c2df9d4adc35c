import type { CodeableConcept, Element, Task } from 'fhir/r4';
import { endOf, instantOf } from '../evaluation/calendar.js';
import { outputsOf } from '../programme.js';
import { isEnded } from './ending.js';

const base = 'https://ginnel.org.uk/fhir/StructureDefinition';
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

/** True unless it began after this instant, or had ended by then, as far as it says. */
export function wasOpenAt(part: Task, instant: number): boolean {
  const begins = [part.authoredOn, part.executionPeriod?.start].flatMap((time) => instantOf(time ?? '') ?? []);
  const hasBegunThen = begins.length === 0 || begins.some((begin) => begin <= instant);
  return hasBegunThen && (isOpen(part) || endsOf(part).every((end) => instant < end));
}

/** When it ended: as it was said, and when that was recorded. */
function endsOf({ executionPeriod, extension = [], lastModified }: Task): number[] {
  const occurredAt = (one: Element | undefined) =>
    one?.extension?.find(({ url }) => url === `${base}/occurred-at`)?.valueDateTime;
  const said = [executionPeriod?.end, occurredAt({ extension }), occurredAt(leftStates({ extension }).at(-1))];
  const times = said.some((time) => time !== undefined) ? said : [lastModified];
  return times.flatMap((time) => endOf(time ?? '') ?? []);
}

function isOpen(part: Task): boolean {
  return !isEnded(part) && part.status !== 'entered-in-error';
}

function statusesLeft(part: Task): string[] {
  return leftStates(part)
    .flatMap(({ coding = [] }) => coding)
    .flatMap(({ system, code }) => (system === taskStatusSystem && code !== undefined ? [code] : []));
}

/** The states that it left for ones that may be taken back, the last one last. */
function leftStates({ extension = [] }: Pick<Task, 'extension'>): CodeableConcept[] {
  return extension.flatMap(({ url, valueCodeableConcept }) =>
    url === `${base}/state-before` && valueCodeableConcept ? [valueCodeableConcept] : [],
  );
}
