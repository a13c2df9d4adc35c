import type { DocumentReference } from 'fhir/r4';
import { measure, task } from '../../../test/summary-builders.js';
import { part, record } from '../../../test/record-builders.js';
import { businessStatusSystem } from './ending.js';
import { isMadeAt, isStageReached, mayBeCorrected } from './occasion.js';
import type { Stage } from './stage.js';

const weeks: Stage = { code: 'weeks', weeks: 12 };

function standing(status: 'in-progress' | 'failed' | 'cancelled' | 'received', code: string) {
  return { status, businessStatus: { coding: [{ system: businessStatusSystem, code }] } };
}

function made(stage: Stage, status: DocumentReference['status'] = 'current') {
  return { stage, reference: { status } };
}

describe('when a summary is made', () => {
  it('each milestone has one, and none comes after the end', () => {
    expect(isMadeAt(weeks, [])).toBe(false);
    expect(isMadeAt(weeks, [made(weeks)])).toBe(true);
    expect(isMadeAt({ code: 'weeks', weeks: 26 }, [made(weeks)])).toBe(false);
    // Whether it is at its end is asked of the referral, which may go on again.
    expect(isMadeAt(weeks, [made({ code: 'end' })])).toBe(false);
    expect(isStageReached(weeks, record(), { measures: [], isFirst: false })).toBe(false);
    expect(isMadeAt({ code: 'end' }, [made({ code: 'end' })])).toBe(false);
  });

  it('that it goes on is said once, in the place of an end that was told', () => {
    const [end, goesOn]: [Stage, Stage] = [{ code: 'end' }, { code: 'goes-on' }];
    const told = (...earlier: Parameters<typeof isMadeAt>[1]) => isMadeAt(goesOn, earlier);
    expect([told(), told(made(weeks)), told(made(end)), told(made(end), made(goesOn))]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(told(made(end), made(goesOn), made(end))).toBe(false);
    expect(told(made(end, 'entered-in-error'))).toBe(true);
    const of = (status: 'in-progress' | 'completed') => record({ referral: task('t0', { status }) });
    const reached = (status: 'in-progress' | 'completed') =>
      isStageReached(goesOn, of(status), { measures: [], isFirst: false });
    expect([reached('in-progress'), reached('completed')]).toEqual([true, false]);
  });

  it('a milestone is one of a referral that goes on, and scores are a pair', () => {
    const ended = record();
    const open = record({ referral: task('t0', { status: 'in-progress' }) });
    const reached = (stage: Stage, of = open, measures = [measure(22, 28)]) =>
      isStageReached(stage, of, { measures, isFirst: true });
    expect([reached(weeks), reached(weeks, ended)]).toEqual([true, false]);
    const first: Stage = { code: 'first-scores' };
    expect([reached(first), reached(first, open, [measure(22, undefined)]), reached(first, ended)]).toEqual([
      true,
      false,
      false,
    ]);
    const { after, ...known } = measure(22, 28);
    const withdrawn = { ...known, ...(after && { after: { ...after, status: 'entered-in-error' as const } }) };
    expect(reached(first, open, [withdrawn])).toBe(false);
  });

  it('the end is also that of the last part, where nothing but a choice is left', () => {
    const referral = task('t0', standing('received', 'alternatives-offered'));
    const after = (...tasks: ReturnType<typeof part>[]) =>
      isStageReached({ code: 'end' }, record({ referral, tasks }), { measures: [], isFirst: true });
    const gone = part('t2', 'cookery', { ...standing('failed', 'unable-to-contact'), lastModified: '2026-01-02' });
    const full = part('t1', 'walks', { ...standing('cancelled', 'capacity-full'), lastModified: '2026-01-01' });
    expect(after(gone, full)).toBe(true);
    expect(after(full)).toBe(false);
    expect(after(gone, part('t3', 'walks', { status: 'requested' }))).toBe(false);
  });

  it('the end does not wait for a part that was sent by mistake', () => {
    const referral = task('t0', standing('received', 'alternatives-offered'));
    const gone = part('t2', 'cookery', { ...standing('failed', 'unable-to-contact'), lastModified: '2026-01-02' });
    const mistaken = part('t1', 'walks', { status: 'entered-in-error', lastModified: '2026-01-03' });
    const of = record({ referral, tasks: [gone, mistaken] });
    expect(isStageReached({ code: 'end' }, of, { measures: [], isFirst: true })).toBe(true);
  });

  it('the requester is not told what it did itself, unless it was told something before', () => {
    const referral = task('t0', standing('cancelled', 'cancelled-by-requester'));
    const told = (isFirst: boolean) =>
      isStageReached({ code: 'end' }, record({ referral, tasks: [] }), { measures: [], isFirst });
    expect([told(true), told(false)]).toEqual([false, true]);
  });

  it('an error makes none', () => {
    const referral = task('t0', { status: 'entered-in-error' });
    const how = { measures: [], isFirst: false };
    expect(isStageReached({ code: 'end' }, record({ referral }), how)).toBe(false);
  });

  it('the end of a referral that goes on again is not said anew, nor anything of an error', () => {
    const standingAs = (status: 'completed' | 'in-progress' | 'entered-in-error') => {
      const of = record({ referral: task('t0', { status }) });
      return [mayBeCorrected({ code: 'end' }, of), mayBeCorrected(weeks, of)];
    };
    expect(standingAs('completed')).toEqual([true, true]);
    expect(standingAs('in-progress')).toEqual([false, true]);
    expect(standingAs('entered-in-error')).toEqual([false, false]);
  });
});
