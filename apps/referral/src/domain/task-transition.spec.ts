import type { CodeableConcept, Task } from 'fhir/r4';
import { FhirError } from '#fhir';
import {
  businessStatus,
  type BusinessStatus,
  businessStatusOf,
  contactDueExtension,
  expectedWaitExtension,
  occurredAtExtension,
  readinessExtension,
  readinessSystem,
  rejectedReasonSystem,
  replyByExtension,
  stateBeforeExtension,
  taskInputSystem,
  taskOutputSystem,
  waitlistReviewExtension,
} from './codes.js';
import { withAttempt } from './contact-attempts.js';
import { extensionOf, extensionsOf, withExtensions } from './extensions.js';
import { reached } from './find-turn.js';
import { stateBefore } from './state-before.js';
import { statusReasonSystem } from './status-reasons.js';
import { successorIs } from './successor.js';
import { allowedTurns, moveTask, type Mover } from './task-transition.js';
import { partTurns, type PartTurn } from './transitions.js';

const now = new Date('2026-11-15T10:00:00Z');
const provider: Mover = { actors: ['provider'], now };
const requester: Mover = { actors: ['requester'], now };
const words: CodeableConcept = { text: 'In words.' };
const nhsReason = coded(rejectedReasonSystem, '42');
const outcome: Partial<Task> = { output: [{ type: coded(taskOutputSystem, 'need-met'), valueCode: 'fully' }] };
const pausing: Partial<Task> = {
  statusReason: words,
  extension: [{ url: contactDueExtension, valueDate: '2026-12-01' }],
};

describe('the turns of a Task', () => {
  it.each(partTurns.filter(({ from }) => from.length > 0).map((row) => [`${row.id} ${row.when}`, row] as const))(
    '%s',
    (_title, row) => {
      for (const before of statesOf(row)) {
        const there = reached(row, before);
        const after: Task = {
          ...before,
          ...sayable(row),
          status: there.status,
          businessStatus: businessStatus(row.asks ?? there.business),
        };
        const turn = row.asked === 'by-id' ? { turn: row.id } : {};
        const moved = moveTask(before, after, { actors: [row.who[0] ?? 'system'], now, ...turn });
        expect([moved.event, moved.task.status, moved.task.businessStatus, moved.transition?.id]).toEqual([
          row.event,
          there.status,
          businessStatus(there.business),
          row.id,
        ]);
      }
    },
  );

  it.each([
    ['accepted', 'waitlisted', ['Task.extension', 'Task.extension']],
    ['rejected', 'rejected', ['Task.statusReason']],
    ['rejected', 'capacity-full', ['Task.statusReason']],
    ['received', 'contacting', ['Task.extension']],
    ['received', 'info-needed', ['Task.statusReason']],
  ] as const)('to %s as %s says what is missing', (status, business, missing) => {
    const before = task('requested');
    const issues = refusal(() =>
      moveTask(before, { ...before, status, businessStatus: businessStatus(business) }, provider),
    ).issues;
    expect(issues.map(({ expression }) => expression?.[0])).toEqual(missing);
  });

  it('to in-progress needs its start, and to completed its outcome', () => {
    const accepted = task('accepted');
    const unstarted = refusal(() => moveTask(accepted, { ...accepted, status: 'in-progress' }, provider)).issues;
    const unsaid = refusal(() => moveTask(accepted, { ...accepted, status: 'completed' }, provider)).issues;
    expect([unstarted[0]?.expression, unsaid[0]?.expression]).toEqual([
      ['Task.executionPeriod.start'],
      ['Task.output'],
    ]);
  });

  it('out of order are refused with what is allowed', () => {
    const before = task('rejected', 'rejected');
    const { issues, status } = refusal(() => moveTask(before, { ...before, status: 'accepted' }, provider));
    expect([status, issues[0]?.diagnostics]).toEqual([
      422,
      'A Task cannot go from rejected to accepted like this; allowed are entered-in-error/error; to begin again, reopen it (Task/[id]/$reopen).',
    ]);
    expect(allowedTurns(task('requested'))).toContain('accepted/waitlisted');
  });

  it("are not the requester's to take where they are the provider's", () => {
    const before = task('requested');
    const [issue] = refusal(() => moveTask(before, { ...before, status: 'accepted' }, requester)).issues;
    expect(issue?.code).toBe('forbidden');
  });

  it.each(['focus', 'for', 'owner', 'requester', 'partOf'] as const)('never change its %s', (element) => {
    const before = task('requested');
    const other = element === 'partOf' ? [{ reference: 'Task/other' }] : { reference: 'Task/other' };
    const { issues } = refusal(() => moveTask(before, { ...before, status: 'accepted', [element]: other }, provider));
    expect(issues.map(({ expression }) => expression)).toEqual([[`Task.${element}`]]);
  });

  it('are told from an edit, which keeps the business status', () => {
    const before = { ...task('accepted'), businessStatus: businessStatus('waitlisted') };
    const edited: Task = { ...before, description: 'Rings after six.' };
    delete edited.businessStatus;
    expect(moveTask(before, edited, provider)).toMatchObject({
      event: 'task-updated.v1',
      task: { businessStatus: businessStatus('waitlisted'), description: 'Rings after six.' },
    });
  });

  it('name the time at which they happened, otherwise that of their record', () => {
    const accepted = turn(task('received', 'acknowledged'), 'accepted', 'accepted');
    expect(extensionOf(accepted, occurredAtExtension)?.valueDateTime).toBe(now.toISOString());
    const at = '2026-11-01T09:00:00Z';
    const before = withExtensions(accepted, occurredAtExtension, [
      { url: occurredAtExtension, valueDateTime: '2026-10-01T09:00:00Z' },
    ]);
    const next = withExtensions(before, occurredAtExtension, [{ url: occurredAtExtension, valueDateTime: at }]);
    const missed = moveTask(before, { ...next, businessStatus: businessStatus('dna') }, provider).task;
    expect(extensionOf(missed, occurredAtExtension)?.valueDateTime).toBe(at);
  });
});

describe('a contact', () => {
  it.each(['waitlisted', 'place-offered', 'booked', 'info-needed'] as const)(
    'with somebody who is %s leaves them there',
    (business) => {
      const before = task('accepted', business);
      const contact: Task = { ...before, ...everything('7b'), businessStatus: businessStatus('contacting') };
      const { event, task: after } = moveTask(before, contact, provider);
      expect([event, after.status, businessStatusOf(after)]).toEqual([
        'referral-contact-attempted.v1',
        'accepted',
        business,
      ]);
    },
  );
});

describe('a Task that is interrupted', () => {
  it('goes back through every state that it left', () => {
    const asked = turn(task('accepted', 'waitlisted'), 'accepted', 'info-needed', { statusReason: words });
    const cancelling = turn(asked, 'accepted', 'cancel-requested', {}, requester);
    const dead = turn(cancelling, 'on-hold', 'death-reported');
    const alive = turn(dead, 'accepted', 'cancel-requested', {}, requester);
    const refused = turn(alive, 'accepted', 'info-needed', { statusReason: words });
    const answered = turn(refused, 'accepted', 'waitlisted', { note: [{ text: 'Yes.' }] }, requester);
    expect([alive, refused, answered].map(businessStatusOf)).toEqual(['cancel-requested', 'info-needed', 'waitlisted']);
    expect(stateBefore(answered)).toBeUndefined();
  });

  it('keeps what it left, whatever its writer says of it', () => {
    const paused = turn(task('in-progress', 'started'), 'on-hold', 'paused', pausing);
    const forged = withExtensions(paused, stateBeforeExtension, []);
    expect(turn(forged, 'in-progress', 'started', {}, provider, paused).status).toBe('in-progress');
  });

  it('goes on where it was when a refused end is undone by the side that said it, and not after three days', () => {
    const before = task('received', 'contacting');
    const rejected = turn(before, 'rejected', 'rejected', { statusReason: nhsReason });
    const later = (hours: number) => new Date(now.getTime() + hours * 60 * 60 * 1000);
    const back: Task = { ...rejected, status: 'received', businessStatus: businessStatus('contacting') };
    const undone = moveTask(rejected, back, { actors: ['provider'], now: later(71) });
    expect([undone.event, businessStatusOf(undone.task)]).toEqual(['referral-undone.v1', 'contacting']);
    const refusals = [
      refusal(() => moveTask(rejected, back, { actors: ['provider'], now: later(73) })),
      refusal(() => moveTask(rejected, back, { actors: ['requester'], now: later(1) })),
    ];
    expect(refusals.map(({ issues }) => issues[0]?.code)).toEqual(['business-rule', 'business-rule']);
  });

  it('that was asked to be cancelled and is completed goes back to before the asking', () => {
    const asked = turn(task('in-progress', 'started'), 'in-progress', 'cancel-requested', {}, requester);
    const done = turn(asked, 'completed', 'completed', outcome);
    const back = turn(done, 'in-progress', 'started');
    expect([businessStatusOf(back), stateBefore(back)]).toEqual(['started', undefined]);
  });
});

function refusal(move: () => unknown): FhirError {
  try {
    move();
  } catch (error) {
    if (error instanceof FhirError) return error;
  }
  throw new Error('The turn was not refused.');
}

/** The Task after a turn that is taken; `read` is what is stored, where the wish was made of something else. */
function turn(
  before: Task,
  ...[status, business, more = {}, mover = provider, read = before]: [
    Task['status'],
    BusinessStatus,
    Partial<Task>?,
    Mover?,
    Task?,
  ]
): Task {
  const moved = moveTask(read, { ...before, ...more, status, businessStatus: businessStatus(business) }, mover);
  if (!moved.transition) throw new Error('No turn was taken.');
  return moved.task;
}

/** A Task in each state from which the row leads, with what it left before. */
function statesOf(row: PartTurn): Task[] {
  return row.from.map((state) => {
    const [status, named] = state.split('/') as [Task['status'], BusinessStatus?];
    const plain: Partial<Record<Task['status'], BusinessStatus>> = {
      accepted: 'contacting',
      cancelled: 'withdrawn-by-provider',
    };
    const business = named ?? plain[status] ?? partTurns.find(({ to }) => to === status)?.business;
    const made = task(status, business === 'same' || business === 'before' || !business ? 'sent' : business);
    const interrupted =
      status === 'rejected'
        ? turn(task('received', 'acknowledged'), 'received', 'info-needed', { statusReason: { text: 'Where?' } })
        : turn(task('in-progress', 'started'), 'on-hold', 'paused', pausing);
    const left = extensionsOf(interrupted, stateBeforeExtension);
    return row.to === 'before' ? withExtensions(made, stateBeforeExtension, left) : made;
  });
}

/** All that its mover may say: what the provider records is not a requester's. */
function sayable(row: PartTurn): Partial<Task> {
  const { statusReason, note, output, ...recorded } = everything(row.id);
  const said = { statusReason, note, output } as Partial<Task>;
  return ['provider', 'system'].includes(row.who[0] ?? '') ? { ...recorded, ...said } : said;
}

function everything(id: string): Partial<Task> {
  const codes: Record<string, string> = { '32a': 'wrong-person' };
  return {
    statusReason: {
      coding: [
        { system: statusReasonSystem, code: codes[id] ?? 'capacity' },
        { system: rejectedReasonSystem, code: '22' },
      ],
    },
    executionPeriod: { start: '2026-11-01' },
    note: [{ authorString: 'A worker', time: '2026-11-01T09:00:00Z', text: 'She said so.' }],
    output: [
      ...(outcome.output ?? []),
      { type: coded(taskOutputSystem, 'appointment'), valueReference: { reference: 'Appointment/first' } },
      ...(id === '34' ? [] : [successorIs('next')]),
    ],
    extension: [
      { url: expectedWaitExtension, valueDuration: { value: 3, unit: 'wk' } },
      { url: waitlistReviewExtension, valueDate: '2026-12-01' },
      { url: readinessExtension, valueCodeableConcept: coded(readinessSystem, 'green') },
      ...(pausing.extension ?? []),
      { url: replyByExtension, valueDate: '2026-12-01' },
      ...(attempted.extension ?? []),
    ],
    ...(id === '24' ? otherActivity : {}),
  };
}

const otherActivity: Partial<Task> = {
  input: [{ type: coded(taskInputSystem, 'activity'), valueReference: { reference: 'HealthcareService/other' } }],
};

const attempted = ['2026-11-01', '2026-11-04', '2026-11-08'].reduce(
  (made, day, n) => withAttempt(made, { channel: n === 0 ? 'sms' : 'phone', at: new Date(`${day}T09:00:00Z`) }),
  task('received', 'contacting'),
);

function coded(system: string, code: string): CodeableConcept {
  return { coding: [{ system, code }] };
}

function task(status: Task['status'], business: BusinessStatus = 'sent'): Task {
  return {
    resourceType: 'Task',
    id: 'part',
    status,
    intent: 'order',
    businessStatus: businessStatus(business),
    partOf: [{ reference: 'Task/referral' }],
    focus: { reference: 'ServiceRequest/wish' },
    for: { reference: 'Patient/person' },
    requester: { reference: 'Organization/practice' },
    owner: { reference: 'Organization/charity' },
  };
}
