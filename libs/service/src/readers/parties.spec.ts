import type { Task } from 'fhir/r4';
import { mistakenReaders, partiesOf, readersNow, type SharedRecord, type SharingReferral } from './parties.js';

const organisation = (id: string) => ({ reference: `Organization/${id}` });
const part = (owner: string, status: Task['status']): Task => ({
  resourceType: 'Task',
  status,
  intent: 'order',
  partOf: [{ reference: 'Task/parent' }],
  requester: organisation('provider-that-asks'),
  owner: organisation(owner),
});
const parent: Task = {
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  requester: organisation('practice'),
};

const referral = (change: Partial<SharingReferral> = {}): SharingReferral => ({
  readers: ['practice', 'next'],
  parties: { requesters: ['practice'], mistaken: [] },
  knowing: [],
  ...change,
});
const record = (change: Partial<SharedRecord> = {}): SharedRecord => ({
  audience: ['before', 'practice'],
  maker: 'practice',
  hangs: true,
  isKept: false,
  isOfPerson: true,
  ...change,
});

describe('the parties of a referral', () => {
  it('are those who ask by its own Task, and those who were asked by mistake alone', () => {
    const tasks = [parent, part('a', 'entered-in-error'), part('b', 'entered-in-error'), part('b', 'accepted')];
    expect(partiesOf([...tasks, part('c', 'rejected')])).toEqual({ requesters: ['practice'], mistaken: ['a'] });
  });
});

describe('the readers of a record', () => {
  it.each<[string, Partial<SharedRecord>, readonly string[]]>([
    ['was made by who asks', {}, ['before', 'next', 'practice']],
    ['was brought by a message', { maker: undefined, isKept: true }, ['before', 'next', 'practice']],
    ['a provider made', { maker: 'before' }, ['before', 'practice']],
    ['Ginnel made of what it knew', { maker: undefined }, ['before', 'practice']],
    ['speaks of somebody else, too', { isOfPerson: false }, ['before', 'practice']],
    ['the referral names and its requester sees', { hangs: false, maker: 'before' }, ['before', 'next', 'practice']],
    ['the referral names and its requester does not see', { hangs: false, audience: ['before'] }, ['before']],
    [
      'a Consent withholds from its requester',
      { hangs: false, audience: ['!practice', 'before'] },
      ['before', 'practice'],
    ],
    ['is labelled', { audience: ['before#R', 'practice#R'] }, ['before', 'next', 'practice']],
  ])('which %s', (_title, change, expected) => {
    expect(readersNow(record(change), referral())).toEqual(expected);
  });

  const mistaken = { parties: { requesters: ['practice'], mistaken: ['before'] } };

  it.each<[string, Partial<SharedRecord>, Partial<SharingReferral>, readonly string[]]>([
    ['sees nothing of it any more', {}, {}, ['before']],
    ['keeps what it made', { maker: 'before' }, {}, []],
    ['keeps what it sees with the referral', {}, { readers: ['before', 'practice'] }, []],
    ['keeps what is named where it knows the person', { hangs: false }, { knowing: ['before'] }, []],
    ['keeps nothing of this referral though it knows the person', {}, { knowing: ['before'] }, ['before']],
  ])('without who was asked by mistake: it %s', (_title, change, knowing, gone) => {
    const sharing = referral({ ...mistaken, ...knowing });
    expect(mistakenReaders(record(change), sharing)).toEqual(gone);
    expect(readersNow(record(change), sharing).includes('before')).toBe(gone.length === 0);
  });
});
