import type { HealthcareService } from 'fhir/r4';
import { lastDayIn } from '#programmes';
import {
  acceptsUseCaseExtension,
  fundedUntilExtension,
  isFull,
  keepsWaitingList,
  runsExtension,
  valueIn,
} from './capacity.js';

/** What a referral needs of an activity. Nothing here says who the person is. */
export interface ReferralNeed {
  /** Use cases that the referral names; empty where it names none. */
  useCases: readonly { system: string; code: string }[];
  /** The day on which it is judged: `2026-11-22`. */
  today: string;
  /** The last day on which the referral wants something of it, where it says one. */
  until?: string | undefined;
}

export type Unreferable = 'not-active' | 'ended' | 'not-funded' | 'use-case-not-taken' | 'full';

export interface Referability {
  /** `waiting`: it is full and keeps a list. */
  outcome: 'open' | 'waiting' | 'refused';
  reasons: readonly Unreferable[];
}

/** Whether somebody may be referred to an activity now. Whom it is for is told in its entry, and judged by people. */
export function referability(service: HealthcareService, need: ReferralNeed): Referability {
  const reasons = faults.filter(({ isFault }) => isFault(service, need)).map(({ reason }) => reason);
  if (reasons.length > 0) return { outcome: 'refused', reasons };
  if (!isFull(service)) return { outcome: 'open', reasons };
  return keepsWaitingList(service) ? { outcome: 'waiting', reasons } : { outcome: 'refused', reasons: ['full'] };
}

const faults: readonly {
  reason: Unreferable;
  isFault: (service: HealthcareService, need: ReferralNeed) => boolean;
}[] = [
  { reason: 'not-active', isFault: ({ active }) => active === false },
  {
    reason: 'ended',
    isFault: (service, need) => isOver(valueIn(service, runsExtension)?.valuePeriod?.end, lastOf(need)),
  },
  {
    reason: 'not-funded',
    isFault: (service, need) => isOver(valueIn(service, fundedUntilExtension)?.valueDate, lastOf(need)),
  },
  { reason: 'use-case-not-taken', isFault: (service, { useCases }) => !takes(service, useCases) },
];

/** The day until which it has to go on. */
function lastOf({ until, today }: ReferralNeed): string {
  const wanted = until === undefined ? today : lastDayIn(until);
  return wanted > today ? wanted : today;
}

/** The day on which it is over as far as is known, the earlier of the two. */
export function lastDayOf(service: HealthcareService): string | undefined {
  const ends = [valueIn(service, runsExtension)?.valuePeriod?.end, valueIn(service, fundedUntilExtension)?.valueDate];
  return ends
    .filter((end) => end !== undefined)
    .map(lastDayIn)
    .sort()[0];
}

function isOver(end: string | undefined, day: string): boolean {
  return end !== undefined && lastDayIn(end) < day;
}

/** An activity that names no use cases takes all; a referral that names none fits all. */
function takes(service: HealthcareService, useCases: ReferralNeed['useCases']): boolean {
  const taken = (service.extension ?? []).flatMap(({ url, valueCoding }) =>
    url === acceptsUseCaseExtension && valueCoding ? [valueCoding] : [],
  );
  if (taken.length === 0 || useCases.length === 0) return true;
  return useCases.some((one) =>
    taken.some(({ system, code }) => code === one.code && spelling(system) === spelling(one.system)),
  );
}

function spelling(system = ''): string {
  return system.toLowerCase().replace(/^http:/, 'https:');
}
