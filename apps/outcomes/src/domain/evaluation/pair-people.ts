import { endOf } from './calendar.js';
import type { Enrolment, MissingReason, PairingRule } from './evaluation.js';
import type { TimePoint } from './response-row.js';
import type { DatedRow } from './select-responses.js';

export const pairingRule: PairingRule = {
  baseline: 'earliest-completed',
  after: 'latest-completed',
  versions: 'same-item-code',
  statement:
    'Each person is one referral (ServiceRequest). Baseline is the earliest completed baseline response, after is the ' +
    'latest completed after response and must not be earlier than the baseline. Items pair across form versions only ' +
    'where they bear the same code. Of responses of one instant the reference that sorts first is the earlier. Several ' +
    'responses of one person at one time point are counted and reported.',
};

/** One person of the evaluation: a pair, or why there is none. */
export interface Person {
  person: string;
  baseline: DatedRow | undefined;
  after: DatedRow | undefined;
  /** Why nothing of this person can be paired; undefined where both responses are there in order. */
  unpaired: MissingReason | undefined;
  /** Versioned references that show that the person belongs to the evaluation, its counted responses included. */
  sources: readonly string[];
  /** Versioned references of the two responses that are compared; empty without a pair. */
  pair: readonly string[];
  /** All counted responses by time point. */
  responses: Readonly<Record<TimePoint, readonly DatedRow[]>>;
}

/** In the order of the person's key, so that the order of rows changes nothing. */
export function pairPeople(rows: readonly DatedRow[], enrolled: readonly Enrolment[] | undefined): Person[] {
  const people = new Map<string, Gathered>();
  for (const { person, sources } of enrolled ?? []) gathered(people, person).enrolment.push(...sources);
  for (const dated of rows) gathered(people, dated.row.person)[dated.row.timePoint].push(dated);
  return [...people]
    .sort(([left], [right]) => byCodeUnit(left, right))
    .map(([person, responses]) => paired(person, responses));
}

/** Not by locale: the same bytes on every machine. */
export function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

interface Gathered extends Record<TimePoint, DatedRow[]> {
  enrolment: string[];
}

function gathered(people: Map<string, Gathered>, person: string): Gathered {
  const known = people.get(person);
  if (known !== undefined) return known;
  const fresh: Gathered = { enrolment: [], baseline: [], after: [] };
  people.set(person, fresh);
  return fresh;
}

function paired(person: string, { enrolment, ...responses }: Gathered): Person {
  responses.baseline.sort(inTime);
  responses.after.sort(inTime);
  const baseline = responses.baseline[0];
  const after = responses.after.at(-1);
  const answered = [...responses.baseline, ...responses.after].map(({ row }) => row.source);
  const sources = [...new Set([...enrolment.sort(byCodeUnit), ...answered])];
  const pair = baseline !== undefined && after !== undefined ? [baseline.row.source, after.row.source] : [];
  return { person, baseline, after, unpaired: whyUnpaired(baseline, after), sources, pair, responses };
}

function whyUnpaired(baseline: DatedRow | undefined, after: DatedRow | undefined): MissingReason | undefined {
  if (baseline === undefined) return after === undefined ? 'no-response' : 'no-baseline';
  if (after === undefined) return 'no-after';
  if (after.instant >= baseline.instant) return undefined;
  // An answer on paper bears only its day: it is not earlier than one at ten o'clock of that day.
  return (endOf(after.row.authored) ?? after.instant) <= baseline.instant ? 'after-before-baseline' : undefined;
}

function inTime(left: DatedRow, right: DatedRow): number {
  return left.instant - right.instant || byCodeUnit(left.row.source, right.row.source);
}
