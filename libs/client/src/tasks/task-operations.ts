import type { Duration, Parameters, Reference } from 'fhir/r4';

/** What every operation on a Task takes. */
export interface EveryTurn {
  /** When it happened, where that is not now: dateTime. */
  occurredAt?: string;
  /** What is to be said beside, in words. */
  note?: string;
  /** Whose words the note is, where they are not your organisation's. */
  author?: Reference;
}

/** The operations on a provider's Task, with their parameters: `Task/[id]/$[operation]`. */
export interface TaskOperations {
  acknowledge: EveryTurn;
  'request-information': EveryTurn & { question: string };
  'provide-information': EveryTurn & { note: string };
  accept: EveryTurn;
  /** `reason`: a code of dos-rejected-reasons-bars, such as 40, or of referral-status-reason. */
  reject: EveryTurn & { reason: string; reasonText?: string };
  /** `review`: date; `note`: what the person was told. */
  waitlist: EveryTurn & { expectedWait: Duration; review: string; note: string; place?: number };
  /** `replyBy`: date. */
  'offer-place': EveryTurn & { replyBy: string };
  'record-contact': Pick<EveryTurn, 'occurredAt'> & {
    channel: 'phone' | 'video' | 'visit' | 'sms' | 'email' | 'letter' | 'other';
    result?: 'reached' | 'refused' | 'no-answer' | 'message-left' | 'wrong-number' | 'other';
    readiness?: 'red' | 'yellow' | 'green';
    /** Demanded with red. */
    readinessReason?: string;
    minutes?: number;
    worker?: Reference;
    /** RelatedPerson who helped or translated. */
    helper?: Reference;
    /** BCP 47, such as `ur`. */
    language?: string;
    /** date; demanded with yellow. */
    nextContact?: string;
  };
  /** `date`: of the first attendance. */
  start: EveryTurn & { date: string };
  'record-session': EveryTurn & { occurredAt: string };
  'did-not-attend': EveryTurn & { occurredAt: string };
  /** `activity`: a HealthcareService of the same provider. */
  'change-activity': EveryTurn & { activity: Reference; instead?: Reference };
  /** `until`: date. */
  hold: EveryTurn & { reasonText: string; until: string };
  resume: EveryTurn;
  complete: EveryTurn & Outcome;
  disengage: EveryTurn & Outcome & { reasonText: string };
  decline: EveryTurn & { note: string };
  'unable-to-contact': EveryTurn;
  withdraw: EveryTurn & { reasonText: string; note: string; reason?: string };
  /** `to`: HealthcareService or Organization; `note`: that the person agreed. */
  forward: EveryTurn & { to: Reference; note: string };
  cancel: EveryTurn & { reasonText?: string };
  'confirm-cancellation': EveryTurn;
  'refuse-cancellation': EveryTurn & { reasonText: string };
  undo: EveryTurn;
  reopen: EveryTurn & { note: string; to?: Reference };
  split: EveryTurn & { to: readonly Reference[] };
  /** Without a worker: nobody. */
  assign: Pick<EveryTurn, 'note' | 'author'> & { worker?: Reference };
}

export interface Outcome {
  needMet: 'fully' | 'partly' | 'no';
  outcome?: string;
  stillOpen?: readonly string[];
  /** Sessions. */
  offered?: number;
  attended?: number;
}

export type TaskOperation = keyof TaskOperations;

/** `value[x]` of each parameter. */
const elements = {
  occurredAt: 'valueDateTime',
  note: 'valueString',
  author: 'valueReference',
  question: 'valueString',
  reason: 'valueCode',
  reasonText: 'valueString',
  expectedWait: 'valueDuration',
  review: 'valueDate',
  place: 'valuePositiveInt',
  replyBy: 'valueDate',
  channel: 'valueCode',
  result: 'valueCode',
  readiness: 'valueCode',
  readinessReason: 'valueString',
  minutes: 'valuePositiveInt',
  worker: 'valueReference',
  helper: 'valueReference',
  language: 'valueCode',
  nextContact: 'valueDate',
  date: 'valueDateTime',
  activity: 'valueReference',
  instead: 'valueReference',
  until: 'valueDate',
  needMet: 'valueCode',
  outcome: 'valueString',
  stillOpen: 'valueString',
  offered: 'valueUnsignedInt',
  attended: 'valueUnsignedInt',
  to: 'valueReference',
} as const;

/** The Parameters resource of an operation on a Task. */
export function turnParameters(given: TaskOperations[TaskOperation]): Parameters {
  const parameter = Object.entries(given).flatMap(([name, values]) =>
    [values as unknown]
      .flat()
      .filter((value) => value !== undefined)
      .map((value) => ({ name, [elements[name as keyof typeof elements]]: value })),
  );
  return { resourceType: 'Parameters', ...(parameter.length === 0 ? {} : { parameter }) };
}
