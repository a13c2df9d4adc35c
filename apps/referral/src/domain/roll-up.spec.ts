import type { Task } from 'fhir/r4';
import { businessStatus, type BusinessStatus, businessStatusOf, occurredAtExtension } from './codes.js';
import { rollUp } from './roll-up.js';
import { successorIs } from './successor.js';

describe("a referral's own Task", () => {
  it.each([
    [['requested'], 'requested', 'sent'],
    [['received', 'requested'], 'received', 'acknowledged'],
    [['accepted', 'requested'], 'accepted', 'accepted'],
    [['accepted/waitlisted', 'accepted/waitlisted'], 'accepted', 'waitlisted'],
    [['accepted/waitlisted', 'requested'], 'accepted', 'accepted'],
    [['in-progress', 'accepted'], 'in-progress', 'started'],
    [['completed', 'accepted'], 'accepted', 'accepted'],
    [['completed', 'completed'], 'completed', 'completed'],
    [['completed', 'rejected'], 'completed', 'partly-completed'],
    [['rejected', 'rejected'], 'received', 'alternatives-offered'],
    [['rejected', 'requested'], 'requested', 'sent'],
    [['on-hold/paused', 'on-hold/paused'], 'on-hold', 'paused'],
    [['on-hold/paused', 'on-hold/death-reported'], 'on-hold', 'death-reported'],
    [['on-hold/paused', 'requested'], 'accepted', 'accepted'],
    [['accepted/info-needed', 'received/info-needed'], 'accepted', 'info-needed'],
    [['accepted/info-needed', 'received'], 'accepted', 'accepted'],
    [['requested/escalated'], 'requested', 'escalated'],
    [['accepted/cancel-requested', 'received/cancel-requested'], 'accepted', 'cancel-requested'],
    [['rejected/rejected', 'cancelled/patient-declined'], 'cancelled', 'patient-declined'],
    [['cancelled/patient-declined', 'rejected/rejected'], 'received', 'alternatives-offered'],
    [['cancelled/patient-died', 'rejected/rejected'], 'cancelled', 'patient-died'],
    [['failed/unable-to-contact'], 'received', 'alternatives-offered'],
    [['cancelled/expired'], 'received', 'alternatives-offered'],
    [['cancelled/withdrawn-by-provider'], 'received', 'alternatives-offered'],
    [['failed/disengaged'], 'failed', 'disengaged'],
    [['completed', 'entered-in-error/error'], 'completed', 'completed'],
    [['entered-in-error/error', 'entered-in-error/error'], 'entered-in-error', 'error'],
    [['cancelled/cancelled-by-requester'], 'cancelled', 'cancelled-by-requester'],
  ])('with parts %j is %s/%s', (parts, status, business) => {
    const rolled = rollUp(task('requested/draft-like'), parts.map(task));
    expect([rolled.status, businessStatusOf(rolled)]).toEqual([status, business]);
  });

  it('goes by the part that goes on where another was forwarded', () => {
    const forwarded = { ...task('cancelled/forwarded'), output: [successorIs('next')] };
    const next = { ...task('completed/completed'), id: 'next' };
    const rolled = rollUp(task('received/acknowledged'), [forwarded, next]);
    expect([rolled.status, businessStatusOf(rolled)]).toEqual(['completed', 'completed']);
  });

  it('stays a mistake once its requester said so, also where a part had ended before', () => {
    const rolled = rollUp(task('entered-in-error/error'), [task('rejected/rejected'), task('entered-in-error/error')]);
    expect([rolled.status, businessStatusOf(rolled)]).toEqual(['entered-in-error', 'error']);
  });

  it('has failed once the requester wants no other provider, until a part is open again', () => {
    const over = rollUp(task('received/alternatives-offered'), [task('rejected/rejected')], { choiceIsOver: true });
    const again = rollUp(over, [task('rejected/rejected')]);
    const open = rollUp(over, [task('rejected/rejected'), task('requested')]);
    expect([over.status, again.status, open.status]).toEqual(['failed', 'failed', 'requested']);
  });

  it('stays taken back by its requester after every part said no, until a part is open again', () => {
    const closed = task('cancelled/cancelled-by-requester');
    const rejected = rollUp(closed, [task('rejected/rejected')]);
    const open = rollUp(closed, [task('rejected/rejected'), task('received/acknowledged')]);
    const died = rollUp(closed, [task('cancelled/patient-died')]);
    expect([rejected, open, died].map((one) => `${one.status}/${businessStatusOf(one) ?? ''}`)).toEqual([
      'cancelled/cancelled-by-requester',
      'received/acknowledged',
      'cancelled/patient-died',
    ]);
  });

  it('stays declined where a no before that is begun again elsewhere', () => {
    const parts = [withEnd('rejected/rejected', '2026-11-20'), withEnd('cancelled/patient-declined', '2026-11-19')];
    const rolled = rollUp(task('cancelled/patient-declined'), parts);
    const mistaken = rollUp(rolled, [task('rejected/rejected'), task('entered-in-error/error')]);
    expect([rolled, mistaken].map((one) => `${one.status}/${businessStatusOf(one) ?? ''}`)).toEqual([
      'cancelled/patient-declined',
      'received/alternatives-offered',
    ]);
  });

  it('stays ended by a death of which no part had heard, whatever becomes of what had ended before', () => {
    const died = task('cancelled/patient-died');
    const after = (...states: string[]) => rollUp(died, states.map(task), { deathStands: true });
    expect([after('failed/unable-to-contact', 'entered-in-error/error'), after('failed/disengaged')]).toEqual([
      died,
      died,
    ]);
    expect(after('entered-in-error/error').status).toBe('entered-in-error');
  });

  it('is not ended by a death that nobody says any more but a part that was a mistake', () => {
    const parts = ['rejected/rejected', 'entered-in-error/error'].map(task);
    expect(businessStatusOf(rollUp(task('cancelled/patient-died'), parts))).toBe('alternatives-offered');
  });

  it('stays split while several are at work', () => {
    const parent = task('accepted/split');
    const split = rollUp(parent, [task('accepted/accepted'), task('in-progress/started')]);
    const one = rollUp(split, [task('completed/completed'), task('in-progress/started')]);
    expect([split, one].map((rolled) => [rolled.status, businessStatusOf(rolled)])).toEqual([
      ['in-progress', 'split'],
      ['in-progress', 'started'],
    ]);
  });

  it('is the same object where nothing changes', () => {
    const parent = task('accepted/accepted');
    expect(rollUp(parent, [task('accepted/accepted')])).toBe(parent);
  });
});

function withEnd(state: string, valueDateTime: string): Task {
  return { ...task(state), extension: [{ url: occurredAtExtension, valueDateTime }] };
}

function task(state: string): Task {
  const [status, business = 'sent'] = state.split('/');
  return {
    resourceType: 'Task',
    status: status as Task['status'],
    intent: 'order',
    businessStatus: businessStatus(business as BusinessStatus),
  };
}
