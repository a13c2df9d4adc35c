import type { Task } from 'fhir/r4';
import { FhirError } from '#fhir';
import {
  businessStatus,
  type BusinessStatus,
  businessStatusOf,
  contactDueExtension,
  impliedTurnExtension,
  lateTurnExtension,
  occurredAtExtension,
  taskOutputSystem,
} from './codes.js';
import { extensionsOf, withExtensions } from './extensions.js';
import { judgeLate } from './late.js';
import { lateRows } from './late-rows.js';
import { statesBefore } from './state-before.js';
import { moveTask, type Mover } from './task-transition.js';
import { successorIs } from './successor.js';

const now = new Date('2026-11-15T10:00:00Z');
const provider: Mover = { actors: ['provider'], now };
const outcome: Partial<Task> = {
  output: [{ type: { coding: [{ system: taskOutputSystem, code: 'need-met' }] }, valueCode: 'fully' }],
};
const contactDue = { url: contactDueExtension, valueDate: '2026-11-14' };
const begun: Partial<Task> = { executionPeriod: { start: '2026-11-01' } };

describe('a turn of a Task', () => {
  it('that was taken already changes nothing', () => {
    const before = task('accepted/accepted', '2026-11-10T09:00:00Z');
    const again = wished(before, 'accepted/accepted', { at: '2026-11-12T09:00:00Z' });
    expect(moveTask(before, again, provider)).toEqual({ task: before, event: 'task-updated.v1' });
  });

  it('that happened before the last one is kept as history, once, and leaves the state', () => {
    const before = task('in-progress/started', '2026-11-10T09:00:00Z');
    const late = wished(before, 'accepted/accepted', { at: '2026-11-08T09:00:00Z' });
    const moved = moveTask(before, late, provider);
    expect([moved.late, moved.event, moved.task.status, businessStatusOf(moved.task)]).toEqual([
      'older',
      'referral-turn-came-late.v1',
      'in-progress',
      'started',
    ]);
    expect(turnsIn(moved.task, lateTurnExtension)).toEqual([['accepted', '2026-11-08T09:00:00Z']]);
    const repeated = { ...late, extension: [...(moved.task.extension ?? []), ...(late.extension ?? [])] };
    const again = moveTask(moved.task, withAt(repeated, '2026-11-08T09:00:00Z'), provider);
    expect(again).toEqual({ task: moved.task, event: 'task-updated.v1', late: 'older' });
  });

  it.each([
    ['received/acknowledged', 'in-progress/started', begun, ['accepted']],
    ['requested/sent', 'in-progress/started', begun, ['accepted']],
    ['received/contacting', 'completed/completed', outcome, ['accepted']],
    ['accepted/waitlisted', 'in-progress/session-recorded', begun, ['started']],
    ['received/acknowledged', 'in-progress/session-recorded', begun, ['accepted', 'started']],
    ['received/acknowledged', 'accepted/dna', {}, ['accepted']],
  ] as const)('from %s to %s is taken, with those that it implies', (from, to, more, implied) => {
    const moved = moveTask(task(from), wished(task(from), to, { more }), provider);
    expect([`${moved.task.status}/${businessStatusOf(moved.task) ?? ''}`, moved.late]).toEqual([to, undefined]);
    expect(turnsIn(moved.task, impliedTurnExtension).map(([code]) => code)).toEqual(implied);
  });

  it('to a rest goes back to what it implied, and to an end to where it really stood', () => {
    const before = task('received/info-needed');
    const resting: Partial<Task> = { statusReason: { text: 'Away.' }, extension: [contactDue] };
    const rested = moveTask(before, wished(before, 'on-hold/paused', { more: resting }), provider).task;
    const completed = moveTask(before, wished(before, 'completed/completed', { more: outcome }), provider).task;
    const left = [rested, completed].map((one) => statesBefore(one).map(({ business }) => business));
    expect(left).toEqual([['accepted'], ['info-needed']]);
  });

  it('that is skipped has its needs, too', () => {
    const before = task('received/acknowledged');
    const { issues } = refusal(() => moveTask(before, wished(before, 'in-progress/session-recorded'), provider));
    expect(issues.map(({ expression }) => expression)).toEqual([['Task.executionPeriod.start']]);
  });

  it.each([
    ['rejected/rejected', 'in-progress/started', 422, 'illegal'],
    ['completed/completed', 'accepted/accepted', 422, 'illegal'],
    ['cancelled/expired', 'accepted/accepted', 409, 'accept-after-expiry'],
    ['cancelled/forwarded', 'accepted/accepted', 409, 'claimed'],
    ['entered-in-error/error', 'accepted/accepted', 410, 'entered-in-error'],
  ] as const)('from %s to %s is refused with %s and a way on', (from, to, status, id) => {
    const before = task(from);
    const next = wished(before, to, { more: begun });
    expect(judgeLate({ previous: before, next, ...provider })).toEqual({ is: 'refused', id });
    const { status: refused, issues } = refusal(() => moveTask(before, next, provider));
    expect(refused).toBe(status);
    expect(issues[0]?.diagnostics).toMatch(id === 'entered-in-error' ? /entered in error/ : /\$reopen/);
  });

  it.each([
    ['accepted', undefined, { isBlind: true }, 'refused'],
    ['accepted', '2026-11-15T10:01:00Z', { isBlind: true }, 'turn'],
    ['accepted', undefined, {}, 'turn'],
  ] as const)('to %s that happened at %s undoes an end unless it may be an earlier one: %j', (status, at, more, is) => {
    const started = task('accepted/accepted', '2026-11-10T09:00:00Z');
    const before = moveTask(started, wished(started, 'completed/completed', { more: outcome }), provider).task;
    const { businessStatus: unknown, ...next } = at === undefined ? before : withAt(before, at);
    expect(unknown).toBeDefined();
    const wish = { ...next, status };
    expect(judgeLate({ previous: before, next: wish, ...provider, ...more }).is).toBe(is);
    if (is === 'turn') return;
    const { status: refused, issues } = refusal(() => moveTask(before, wish, { ...provider, ...more }));
    expect([refused, issues[0]?.diagnostics]).toEqual([409, expect.stringContaining('$undo')]);
  });

  it.each(['cancelled/cancelled-by-requester', 'cancelled/expired', 'cancelled/forwarded', 'failed/disengaged'])(
    'to an outcome after %s keeps the outcome and leaves the state',
    (from) => {
      const before = task(from);
      const moved = moveTask(before, wished(before, 'completed/completed', { more: outcome }), provider);
      expect([moved.late, moved.task.status, moved.task.businessStatus, moved.task.output]).toEqual([
        'outcome-after-end',
        before.status,
        before.businessStatus,
        outcome.output,
      ]);
    },
  );

  it('to an outcome after the end says what is missing like any other', () => {
    const before = task('cancelled/expired');
    const { issues } = refusal(() => moveTask(before, wished(before, 'completed/completed'), provider));
    expect(issues[0]?.expression).toEqual(['Task.output']);
  });

  it.each([
    ['in-progress/cancel-requested', undefined],
    ['in-progress/started', '2026-11-08T09:00:00Z'],
    ['cancelled/expired', '2026-11-08T09:00:00Z'],
    ['cancelled/patient-died', undefined],
  ])('that forwards and comes late, to %s, asks nobody and is refused', (from, at) => {
    const started = task('in-progress/started', '2026-11-10T09:00:00Z');
    const asking = wished(started, from);
    const isAsked = from.endsWith('cancel-requested');
    const before = isAsked ? moveTask(started, asking, { actors: ['requester'], now }).task : asking;
    const more: Partial<Task> = { output: [successorIs('next')], note: [{ text: 'She agreed.' }] };
    const next = wished(before, 'cancelled/forwarded', { more, ...(at ? { at } : {}) });
    expect(judgeLate({ previous: before, next, ...provider })).toEqual({ is: 'refused', id: 'late-forwarding' });
    const { status, issues } = refusal(() => moveTask(before, next, provider));
    expect([status, issues[0]?.diagnostics]).toEqual([409, expect.stringContaining('Nobody was asked')]);
  });

  it('enters history while a cancellation is asked, but for completion, which wins', () => {
    const started = task('in-progress/started');
    const asking = wished(started, 'in-progress/cancel-requested');
    const asked = moveTask(started, asking, { actors: ['requester'], now }).task;
    const session = moveTask(asked, wished(asked, 'in-progress/session-recorded'), provider);
    const completed = moveTask(asked, wished(asked, 'completed/completed', { more: outcome }), provider);
    expect([session.late, businessStatusOf(session.task)]).toEqual(['cancel-open', 'cancel-requested']);
    expect([completed.transition?.id, businessStatusOf(completed.task)]).toEqual(['29', 'completed']);
  });

  it.each([
    ['requested/sent', 'escalated', undefined],
    ['received/acknowledged', undefined, '33c'],
    ['accepted/accepted', undefined, '33d'],
  ] as const)('is not late for what Ginnel reminded of meanwhile: %s, %s %s', (from, business, turn) => {
    const before: Task = {
      ...task(from, '2026-11-10T09:00:00Z'),
      extension: [...(task(from, '2026-11-10T09:00:00Z').extension ?? []), contactDue],
    };
    const said = business ? { ...before, businessStatus: businessStatus(business) } : before;
    const reminded = moveTask(before, said, { actors: ['system'], now, ...(turn ? { turn } : {}) });
    expect([reminded.transition?.reminds, extensionsOf(reminded.task, occurredAtExtension)]).toEqual([
      true,
      extensionsOf(before, occurredAtExtension),
    ]);
    const contacted = wished(reminded.task, 'in-progress/started', { at: '2026-11-12T16:00:00Z', more: begun });
    expect(moveTask(reminded.task, contacted, provider).task.status).toBe('in-progress');
  });

  it('that completed it before its cancellation was asked is no late one', () => {
    const started = task('in-progress/started', '2026-11-10T09:00:00Z');
    const asking = wished(started, 'in-progress/cancel-requested', { at: '2026-11-15T09:05:00Z' });
    const asked = moveTask(started, asking, { actors: ['requester'], now }).task;
    const at = '2026-11-15T09:00:00Z';
    const done = moveTask(asked, wished(asked, 'completed/completed', { at, more: outcome }), provider);
    const missed = moveTask(asked, wished(asked, 'in-progress/dna', { at }), provider);
    expect([done.transition?.id, done.task.status, missed.late]).toEqual(['29', 'completed', 'older']);
  });

  it('that comes late is told by the side that might have told it in time', () => {
    const before = task('in-progress/started', '2026-11-10T09:00:00Z');
    const late = wished(before, 'completed/completed', { at: '2026-11-08T09:00:00Z', more: outcome });
    const { status } = refusal(() => moveTask(before, late, { actors: ['requester'], now }));
    expect([status, moveTask(before, late, provider).late]).toEqual([403, 'older']);
  });

  it('after a death enters history only', () => {
    const before = task('cancelled/patient-died');
    const moved = moveTask(before, wished(before, 'in-progress/dna'), provider);
    expect([moved.late, moved.task.status, businessStatusOf(moved.task)]).toEqual([
      'died',
      'cancelled',
      'patient-died',
    ]);
  });

  it('does not begin again after a death', () => {
    const before = task('cancelled/patient-died');
    const output = [...(before.output ?? []), successorIs('next')];
    const { status } = refusal(() =>
      moveTask(before, { ...before, output }, { actors: ['requester'], now, turn: '35' }),
    );
    expect(status).toBe(422);
  });

  it.each([
    ['2026-11-15T10:05:00Z', undefined],
    ['2026-11-15T10:05:01Z', 422],
  ])('that happened at %s is refused where that is more than five minutes ahead', (at, status) => {
    const before = task('received/acknowledged');
    const next = wished(before, 'accepted/accepted', { at });
    const move = () => moveTask(before, next, provider);
    expect(status === undefined ? move().event : refusal(move).status).toBe(status ?? 'referral-accepted.v1');
  });

  it.each([['contacting'], ['session-recorded'], ['dna']] as const)(
    '%s is taken again where it happened again, and not where it is only told again',
    (business) => {
      const before = task(`in-progress/${business}`, '2026-11-08T09:00:00Z');
      const ready = { extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/readiness', ...green }] };
      const made = withAt({ ...before, ...ready }, '2026-11-08T09:00:00Z');
      const later = moveTask(made, withAt(made, '2026-11-14T09:00:00Z'), provider);
      const again = moveTask(made, made, provider);
      expect([later.transition?.business, again.transition]).toEqual([business, undefined]);
    },
  );

  it('of each late case that a Task update can meet is judged here', () => {
    const met = [
      'older',
      'illegal',
      'accept-after-expiry',
      'claimed',
      'outcome-after-end',
      'cancel-open',
      'died',
      'late-forwarding',
      'earlier-again',
    ];
    const others = ['ahead', 'entered-in-error', 'same-turn', 'skipped', 'completed-meets-cancel', 'split-unknown'];
    const rows = lateRows.filter(({ where }) => where === 'turn').map(({ id }) => id);
    expect([...rows].sort()).toEqual([...met, ...others].sort());
  });
});

const green = {
  valueCodeableConcept: { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/readiness', code: 'green' }] },
};

function turnsIn(one: Task, url: string): (string | undefined)[][] {
  return extensionsOf(one, url).map(({ valueCodeableConcept: concept }) => [
    concept?.coding?.[0]?.code,
    concept?.extension?.[0]?.valueDateTime,
  ]);
}

function wished(before: Task, state: string, { at, more = {} }: { at?: string; more?: Partial<Task> } = {}): Task {
  const [status, business] = state.split('/') as [Task['status'], BusinessStatus];
  const next: Task = { ...before, ...more, status, businessStatus: businessStatus(business) };
  return at === undefined ? next : withAt(next, at);
}

function withAt(one: Task, at: string): Task {
  return withExtensions(one, occurredAtExtension, [{ url: occurredAtExtension, valueDateTime: at }]);
}

function refusal(move: () => unknown): FhirError {
  try {
    move();
  } catch (error) {
    if (error instanceof FhirError) return error;
  }
  throw new Error('The turn was not refused.');
}

function task(state: string, at?: string): Task {
  const [status, business] = state.split('/') as [Task['status'], BusinessStatus];
  const made: Task = {
    resourceType: 'Task',
    id: 'part',
    status,
    intent: 'order',
    businessStatus: businessStatus(business),
  };
  return at === undefined ? made : withAt(made, at);
}
