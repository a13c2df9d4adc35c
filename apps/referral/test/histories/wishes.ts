import type { CodeableConcept, Task } from 'fhir/r4';
import { activitiesOf } from '../../src/domain/activities.js';
import {
  businessStatus,
  contactAttemptExtension,
  contactDueExtension,
  expectedWaitExtension,
  occurredAtExtension,
  readinessExtension,
  readinessSystem,
  rejectedReasonSystem,
  replyByExtension,
  taskInputSystem,
  taskOutputSystem,
  waitlistReviewExtension,
} from '../../src/domain/codes.js';
import { withAttempt } from '../../src/domain/contact-attempts.js';
import { withExtensions } from '../../src/domain/extensions.js';
import { reached } from '../../src/domain/find-turn.js';
import { counted } from '../../src/domain/readiness.js';
import { statusReasonSystem } from '../../src/domain/status-reasons.js';
import { successorIs } from '../../src/domain/successor.js';
import type { PartTurn } from '../../src/domain/transitions.js';

export interface Wished {
  row: PartTurn;
  /** When it is said to have happened. */
  at?: Date;
  now: Date;
  /** True: with all that the row needs. */
  whole: boolean;
}

/** The part as somebody sends it who wants this turn. */
export function wishOf(part: Task, { row, at, now, whole }: Wished): Task {
  const { status, business } = reached(row, part);
  const asked: Task = { ...part, status, businessStatus: businessStatus(row.asks ?? business) };
  const wished = whole ? filled(asked, row, now) : asked;
  if (at === undefined) return wished;
  return withExtensions(wished, occurredAtExtension, [{ url: occurredAtExtension, valueDateTime: at.toISOString() }]);
}

/** With what the row needs, and no more: a reason of an earlier turn is no reason of this one. */
function filled(task: Task, row: PartTurn, now: Date): Task {
  if (!row.who.includes('provider') && !row.who.includes('system')) return worded(task, row, now);
  const said: Task = {
    ...task,
    statusReason: reasonFor(row),
    executionPeriod: { start: '2026-01-01' },
    note: [...(task.note ?? []), { authorString: 'Somebody', time: now.toISOString(), text: 'A word.' }],
    output: [
      { type: coded(taskOutputSystem, 'need-met'), valueCode: 'partly' },
      { type: coded(taskOutputSystem, 'appointment'), valueReference: { reference: 'Appointment/first' } },
      ...(row.effects.includes('part-created') ? [successorIs('next')] : []),
    ],
  };
  const dated = [
    { url: expectedWaitExtension, valueDuration: { value: now.getTime(), unit: 'wk' } },
    { url: waitlistReviewExtension, valueDate: '2026-12-01' },
    { url: contactDueExtension, valueDate: '2026-12-01' },
    { url: replyByExtension, valueDate: '2030-12-01' },
    { url: readinessExtension, valueCodeableConcept: coded(readinessSystem, 'green') },
  ].reduce((made, extension) => withExtensions(made, extension.url, [extension]), said);
  if (row.event === 'referral-contact-attempted.v1') return tried(dated, now);
  return row.business === 'activity-changed' ? withOtherActivity(dated) : dated;
}

/** What somebody beside the provider may say. */
function worded(task: Task, row: PartTurn, now: Date): Task {
  return {
    ...task,
    statusReason: reasonFor(row),
    note: [...(task.note ?? []), { authorString: 'Somebody', time: now.toISOString(), text: 'A word.' }],
  };
}

const dayMs = 24 * 60 * 60 * 1000;

/** One more contact, after attempts enough in vain. */
function tried(task: Task, now: Date): Task {
  const attempts = [8, 4, 0].map((days) => ({
    channel: days === 4 ? 'phone' : 'sms',
    at: new Date(now.getTime() - days * dayMs),
  }));
  return counted(attempts.reduce(withAttempt, withExtensions(task, contactAttemptExtension, [])));
}

function withOtherActivity(task: Task): Task {
  const [known = ''] = activitiesOf(task);
  const other = known === 'one' ? 'other' : 'one';
  return {
    ...task,
    input: [{ type: coded(taskInputSystem, 'activity'), valueReference: { reference: `HealthcareService/${other}` } }],
  };
}

function reasonFor({ to }: PartTurn): CodeableConcept {
  if (to === 'rejected') return coded(rejectedReasonSystem, '22');
  return coded(statusReasonSystem, to === 'entered-in-error' ? 'wrong-person' : 'other');
}

function coded(system: string, code: string): CodeableConcept {
  return { coding: [{ system, code }] };
}
