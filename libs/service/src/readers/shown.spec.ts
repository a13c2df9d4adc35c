import type { Task } from 'fhir/r4';
import { goneOf, partiesOf, readersNow, type SharedRecord, shownBy, type Tie } from './shown.js';

const organisation = (id: string) => ({ reference: `Organization/${id}` });
const order = (change: Partial<Task>): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
  requester: organisation('practice'),
  ...change,
});
const part = (owner: string, status: Task['status']): Task =>
  order({ status, partOf: [{ reference: 'Task/parent' }], owner: organisation(owner) });

const tie = (change: Partial<Tie> = {}): Tie => ({
  readers: ['next', 'practice'],
  parties: { requesters: ['practice'], mistaken: [] },
  hangs: true,
  hangsByTask: false,
  hangsByPart: false,
  isNamed: false,
  ...change,
});
const named = { hangs: false, isNamed: true };
const record = (change: Partial<SharedRecord> = {}): SharedRecord => ({
  audience: ['before', 'practice'],
  maker: 'practice',
  isOfPerson: true,
  ...change,
});

describe('the parties of a referral', () => {
  it('are those who ask by its own Task, and those who were asked by mistake alone', () => {
    const tasks = [order({}), part('a', 'entered-in-error'), part('b', 'entered-in-error'), part('b', 'accepted')];
    const question = { ...part('a', 'requested'), code: { text: 'complete-questionnaire' } };
    const strange = { ...order({ requester: organisation('stranger') }), code: { text: 'something else' } };
    expect(partiesOf([...tasks, part('c', 'rejected'), question, strange])).toEqual({
      requesters: ['practice'],
      mistaken: ['a'],
    });
  });
});

describe('the readers of a record', () => {
  const all = ['before', 'next', 'practice'];

  it.each<[string, Partial<SharedRecord>, Partial<Tie>, readonly string[]]>([
    ['was made by who asks', {}, {}, all],
    ['is labelled', { audience: ['before#R', 'practice#R'] }, {}, all],
    ['a provider made', { maker: 'before' }, {}, ['before', 'practice']],
    ['Ginnel made of what it knew', { maker: undefined }, {}, ['before', 'practice']],
    ['speaks of somebody else, too', { isOfPerson: false }, {}, ['before', 'practice']],
    ['hangs on a part', {}, { hangsByTask: true, hangsByPart: true }, ['before', 'practice']],
    ['hangs on the whole', {}, { hangsByTask: true }, all],
    ['is named and seen by who asks', { maker: 'before' }, named, all],
    ['is named and not seen by who asks', { audience: ['before'] }, named, ['before']],
    ['is named and withheld from who asks', { audience: ['!practice', 'before'] }, named, ['before', 'practice']],
  ])('which %s', (_title, change, tied, expected) => {
    expect(readersNow(record(change), shownBy(record(change), [tie(tied)]))).toEqual(expected);
  });

  const mistaken = { parties: { requesters: ['practice'], mistaken: ['before'] } };
  const other = tie({ readers: ['before', 'practice'] });

  it.each<[string, Partial<SharedRecord>, readonly Tie[], readonly string[]]>([
    ['sees nothing of it any more', {}, [tie(mistaken)], ['before']],
    ['nor of what hangs on its part', {}, [tie({ ...mistaken, hangs: false, hangsByTask: true })], ['before']],
    ['nor of what is named', {}, [tie({ ...mistaken, ...named })], ['before']],
    ['nor of what speaks of another person, too', { isOfPerson: false }, [tie(mistaken)], ['before']],
    ['keeps what it made', { maker: 'before' }, [tie(mistaken)], []],
    ['keeps what another referral shows to it', {}, [tie(mistaken), other], []],
    ['keeps what somebody names who does not see it', { audience: ['before'] }, [tie({ ...mistaken, ...named })], []],
  ])('without who was asked by mistake: it %s', (_title, change, ties, gone) => {
    const shown = shownBy(record(change), ties);
    expect(goneOf(record(change), shown)).toEqual(gone);
    expect(readersNow(record(change), shown).includes('before')).toBe(gone.length === 0);
  });
});
