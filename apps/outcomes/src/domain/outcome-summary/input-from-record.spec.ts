import type { Encounter, Extension, Goal, Task } from 'fhir/r4';
import { form, instrument, item } from '../../../test/evaluation-builders.js';
import { activityInput, answered, part, record, session, stillOpen } from '../../../test/record-builders.js';
import { encounter } from '../../../test/summary-builders.js';
import { inputFromRecord } from './input-from-record.js';
import { outcomeSummary } from './outcome-summary.js';
import type { ReferralRecord } from './referral-record.js';
import type { Stage } from './stage.js';

const base = 'https://ginnel.org.uk/fhir';
const scored = instrument({
  items: [item('walking'), item('pain'), item('alone')],
  totals: [{ ...item('sum', { max: 8 }), items: ['walking', 'pain'] }],
  importantChanges: [
    { item: 'sum', points: 2, population: 'somebody', source: 'a study', evidence: 'primary', caution: '' },
  ],
});

function inputOf(change: Partial<ReferralRecord> = {}, stage?: Stage) {
  return inputFromRecord(record(change), {
    baseUrl: 'https://ginnel.example/fhir',
    at: '2021-08-02T10:00:00Z',
    instruments: [scored],
    ...(stage && { stage }),
  });
}

describe('the input of an outcome summary', () => {
  it('offers each part with its activity, and is the letter of the provider whose part ended last', () => {
    const { offers, author, custodian, requester } = inputOf();
    expect(offers.map(({ activity, provider, task }) => [activity, provider.name, task.status])).toEqual([
      ['Walks', undefined, 'rejected'],
      ['Cookery', 'Example Living', 'completed'],
    ]);
    expect([author.id, custodian.id, requester.name]).toEqual(['provider', 'provider', 'Example Practice']);
  });

  it.each<[Task['status'], Task['status'], string, string]>([
    ['on-hold', 'rejected', 'provider', 'provider'],
    ['accepted', 'cancelled', 'provider', 'provider'],
    ['accepted', 'in-progress', 'other', 'other'],
    ['completed', 'in-progress', 'other', 'provider'],
    ['failed', 'completed', 'other', 'other'],
  ])('is, of one part %s and another %s, by %s at a milestone and by %s at the end', (own, others, atWeeks, atEnd) => {
    const tasks = [
      part('t1', 'walks', { status: others, owner: { reference: 'Organization/other' } }),
      part('t2', 'cookery', { status: own }),
    ];
    const byAt = (stage: Stage) => inputOf({ tasks }, stage).author.id;
    expect([byAt({ code: 'weeks', weeks: 12 }), byAt({ code: 'end' })]).toEqual([atWeeks, atEnd]);
  });

  it('makes a document that mixes nothing up', () => {
    expect(outcomeSummary(inputOf()).type).toBe('document');
  });

  it('tells nothing of a part that was an error: not its words, its sessions or its contacts', () => {
    const output = [stillOpen('of somebody else')];
    const tasks = [
      part('t1', 'walks', { status: 'entered-in-error', output, authoredOn: '2021-03-01' }),
      part('t2', 'cookery', { status: 'completed', authoredOn: '2021-03-02' }),
    ];
    const extension = [{ url: `${base}/StructureDefinition/contact-task`, valueReference: { reference: 'Task/t1' } }];
    const { offers, otherSessions, contacts, notes } = inputOf({
      tasks,
      appointments: [session('a', { slot: [{ reference: 'Slot/slot-1' }] })],
      contacts: [encounter('e1', '2021-03-10T10:00:00Z', { extension }), encounter('e2', '2021-03-10T10:00:00Z')],
    });
    expect([offers.map(({ activity }) => activity), offers[0]?.appointments, otherSessions]).toEqual([
      ['Cookery'],
      [],
      [],
    ]);
    expect([contacts.map(({ id }) => id), notes.stillOpen]).toEqual([['e2'], []]);
  });

  it('counts a contact that names nobody, and leaves out one of somebody else and one that was an error', () => {
    const contact = (id: string, change: Partial<Encounter>) => encounter(id, '2021-03-10T10:00:00Z', change);
    const { subject, ...unnamed } = contact('unnamed', {});
    const contacts = [
      unnamed,
      contact('named', { subject: { ...subject } }),
      contact('of-other', { subject: { reference: 'Patient/p2' } }),
      contact('of-whom', { subject: { reference: 'https://elsewhere.example/fhir/Patient/p1' } }),
      contact('in-error', { status: 'entered-in-error', subject: { reference: 'Patient/p2' } }),
      contact('elsewhere', { basedOn: [{ reference: 'ServiceRequest/s2' }] }),
    ];
    const input = inputOf({ contacts });
    expect(input.contacts.map(({ id }) => id)).toEqual(['unnamed', 'named']);
    expect(outcomeSummary(input).type).toBe('document');
  });

  it('credits a session to the activity that its slot names, to the only part that was taken up, or to nobody', () => {
    const onSlot = session('of-walks', { slot: [{ reference: 'Slot/slot-1' }] });
    const named = session('of-nothing-offered', {
      participant: [{ actor: { reference: 'HealthcareService/yoga' }, status: 'accepted' }],
    });
    const { offers, otherSessions } = inputOf({ appointments: [onSlot, session('unnamed'), named] });
    const sessions = offers.map(({ appointments }) => appointments.map(({ id }) => id));
    expect([sessions, otherSessions?.map(({ id }) => id)]).toEqual([
      [['of-walks'], ['unnamed']],
      ['of-nothing-offered'],
    ]);
  });

  it('credits no unnamed session where two parts were taken up', () => {
    const tasks = [part('t1', 'walks', { status: 'completed' }), part('t2', 'cookery', { status: 'completed' })];
    const { otherSessions } = inputOf({ tasks, appointments: [session('unnamed')] });
    expect(otherSessions?.map(({ id }) => id)).toEqual(['unnamed']);
  });

  describe('where a part goes on for another one of the same activity', () => {
    const onSlot = (id: string, start: string) => session(id, { start, slot: [{ reference: 'Slot/slot-1' }] });
    const stood = (status: string, at: string): Extension => ({
      url: `${base}/StructureDefinition/state-before`,
      valueCodeableConcept: {
        extension: [{ url: `${base}/StructureDefinition/occurred-at`, valueDateTime: at }],
        coding: [{ system: 'http://hl7.org/fhir/task-status', code: status }],
      },
    });
    const first = (change: Partial<Task> = {}) =>
      part('t1', 'walks', {
        status: 'failed',
        authoredOn: '2021-03-01T09:00:00Z',
        executionPeriod: { start: '2021-03-10' },
        extension: [stood('in-progress', '2021-05-01T09:00:00Z')],
        ...change,
      });
    const second = (change: Partial<Task> = {}) =>
      part('t2', 'walks', { status: 'completed', authoredOn: '2021-05-03T09:00:00Z', ...change });
    const sessions = [
      onSlot('a1', '2021-04-02T10:00:00Z'),
      onSlot('a2', '2021-04-09T10:00:00Z'),
      onSlot('b1', '2021-06-01T10:00:00Z'),
      onSlot('between', '2021-05-02T10:00:00Z'),
    ];
    const toldOf = (tasks: Task[], appointments = sessions) => {
      const { offers, otherSessions = [] } = inputOf({ tasks, appointments });
      return [...offers.map((offer) => offer.appointments), otherSessions].map((all) => all.map(({ id }) => id));
    };

    it('credits a session to the one that was open then, and to nobody where none was', () => {
      expect(toldOf([first(), second()])).toEqual([['a1', 'a2'], ['b1'], ['between']]);
      const completed = first({ status: 'completed' });
      expect(toldOf([completed, second()])).toEqual([['a1', 'a2'], ['b1'], ['between']]);
    });

    it('credits one to nobody where both were open, or where nobody knows when it was', () => {
      const [one, two] = [first({ status: 'in-progress' }), second()];
      expect(toldOf([one, two])).toEqual([['a1', 'a2', 'between'], [], ['b1']]);
      const { start, ...undated } = onSlot('undated', '2021-04-02T10:00:00Z');
      expect([start !== undefined, toldOf([first(), second()], [undated])]).toEqual([true, [[], [], ['undated']]]);
    });

    it('credits all to the only one that was taken up, however it ended', () => {
      const never = second({ status: 'rejected' });
      const all = ['a1', 'a2', 'b1', 'between'];
      expect(toldOf([first(), never])).toEqual([all, [], []]);
      const unnamed = sessions.map((one) => ({ ...one, slot: [] }));
      expect(toldOf([first({ status: 'cancelled' })], unnamed)).toEqual([all, []]);
      const { executionPeriod, ...accepted } = first({ extension: [stood('accepted', '2021-05-01T09:00:00Z')] });
      expect([executionPeriod !== undefined, toldOf([accepted], unnamed)]).toEqual([true, [all, []]]);
      const seen = { ...accepted, extension: [stood('received', '2021-05-01T09:00:00Z')] };
      expect(toldOf([seen], unnamed)).toEqual([[], all]);
    });
  });

  it("credits a session to the part of its activity's provider, where nobody asked for an activity", () => {
    const asked = (id: string, provider: string) =>
      part(id, '', { status: 'completed', input: [], owner: { reference: `Organization/${provider}` } });
    const appointments = [session('of-walks', { slot: [{ reference: 'Slot/slot-1' }] })];
    const toldOf = (tasks: Task[], providedBy?: string) => {
      const activities = record().activities.map((activity) => ({
        ...activity,
        ...(providedBy !== undefined && { providedBy: { reference: `Organization/${providedBy}` } }),
      }));
      const { offers, otherSessions } = inputOf({ tasks, appointments, activities });
      return [...offers.map(({ activity, appointments: { length } }) => [activity, length]), otherSessions?.length];
    };
    const [one, two] = [asked('t1', 'provider'), asked('t2', 'other')];
    expect(toldOf([one, two], 'other')).toEqual([['not recorded', 0], ['Walks', 1], 0]);
    expect(toldOf([one, two])).toEqual([['not recorded', 0], ['not recorded', 0], 1]);
    expect(toldOf([one])).toEqual([['Walks', 1], 0]);
    const rejected = part('t1', 'walks', { status: 'rejected' });
    expect(toldOf([rejected, two], 'other')).toEqual([['Walks', 0], ['Walks', 1], 0]);
    const cookery = part('t1', 'cookery', { status: 'completed' });
    expect(toldOf([cookery], 'provider')).toEqual([['Cookery', 0], 1]);
  });

  it('names both activities of a part that was changed from one to the other, with the sessions of both', () => {
    const tasks = [part('t2', 'cookery', { input: [activityInput('cookery'), activityInput('walks')] })];
    const { offers } = inputOf({ tasks, appointments: [session('a', { slot: [{ reference: 'Slot/slot-1' }] })] });
    expect(offers.map(({ activity, appointments }) => [activity, appointments.length])).toEqual([
      ['Cookery, then Walks', 1],
    ]);
  });

  it('says what matters by the goals of this referral, and what providers left open', () => {
    const goal = (id: string, text: string, change: Partial<Goal> = {}): Goal => ({
      resourceType: 'Goal',
      id,
      lifecycleStatus: 'active',
      description: { text },
      subject: { reference: 'Patient/p1' },
      addresses: [{ reference: 'ServiceRequest/s1' }],
      ...change,
    });
    const goals = [
      goal('g1', 'Walking to the shop'),
      goal('g2', 'of another referral', { addresses: [{ reference: 'ServiceRequest/s2' }] }),
      goal('g3', 'dropped', { lifecycleStatus: 'cancelled' }),
    ];
    const tasks = [part('t2', 'cookery', { status: 'completed', output: [stillOpen('Waiting for a walking group')] })];
    expect(inputOf({ goals, tasks }).notes).toEqual({
      whatMatters: 'Walking to the shop',
      stillOpen: ['Waiting for a walking group'],
    });
  });
});

describe('the measures of a referral', () => {
  const before = answered('r1', 'baseline', '2021-03-05');
  const later = answered('r2', 'baseline', '2021-04-05');
  const after = answered('r3', 'after', '2021-07-05');

  function measuresOf(...given: (typeof before)[]) {
    const responses = given.map(({ response }) => response);
    const { measures } = inputOf({ responses, observations: given.map(({ score }) => score) });
    return measures.map((measure) => [measure.item.code, measure.before?.id, measure.after?.id]);
  }

  it('are totals and items that stand in none, by the earliest baseline and the latest after', () => {
    expect(measuresOf(later, after, before)).toEqual([
      ['alone', undefined, undefined],
      ['sum', 'r1.sum', 'r3.sum'],
    ]);
  });

  it('miss a side that was not answered, or an after that is earlier than its baseline', () => {
    expect(measuresOf(before)[1]).toEqual(['sum', 'r1.sum', undefined]);
    expect(measuresOf(later, answered('r4', 'after', '2021-03-20'))[1]).toEqual(['sum', 'r2.sum', undefined]);
  });

  it('leave out a score that was withdrawn and answers that are no longer valid', () => {
    const withdrawn = { ...before, score: { ...before.score, status: 'entered-in-error' as const } };
    const stopped = { ...after, response: { ...after.response, status: 'stopped' as const } };
    expect(measuresOf(withdrawn, stopped)[1]).toEqual(['sum', undefined, undefined]);
  });

  it('are named as missing where a questionnaire was asked for and never answered, and not at all where it was not', () => {
    const asked = part('t3', 'walks', { code: {}, input: [{ type: {}, valueCanonical: form }] });
    expect([measuresOf(), inputOf({ tasks: [asked] }).measures.map(({ item: { code } }) => code)]).toEqual([
      [],
      ['alone', 'sum'],
    ]);
  });

  it('bring the important change of their score', () => {
    const { measures } = inputOf({ responses: [before.response], observations: [before.score] });
    expect(measures.map(({ importantChanges }) => importantChanges.length)).toEqual([0, 1]);
  });
});
