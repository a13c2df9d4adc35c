import type { Task } from 'fhir/r4';
import {
  businessStatus,
  type BusinessStatus,
  expectedWaitExtension,
  waitlistPlaceExtension,
  waitlistReviewExtension,
} from './codes.js';
import { moveTask } from './task-transition.js';
import type { Actor } from './transitions.js';

const said = [
  { url: expectedWaitExtension, valueDuration: { value: 3, unit: 'wk' } },
  { url: waitlistReviewExtension, valueDate: '2026-12-20' },
  { url: waitlistPlaceExtension, valuePositiveInt: 4 },
];

describe('what is said of a wait', () => {
  it.each<[Task['status'], BusinessStatus]>([
    ['accepted', 'accepted'],
    ['in-progress', 'started'],
  ])('goes with it once the person is %s/%s', (...turn) => {
    expect(saidAfter(...turn)).toEqual([]);
  });

  it.each<[Task['status'], BusinessStatus, Actor]>([
    ['accepted', 'dna', 'provider'],
    ['accepted', 'cancel-requested', 'requester'],
    ['cancelled', 'patient-declined', 'provider'],
  ])('stays where %s/%s leads back to it', (...turn) => {
    expect(saidAfter(...turn)).toEqual(said);
  });
});

function saidAfter(status: Task['status'], business: BusinessStatus, actor: Actor = 'provider') {
  const before: Task = { ...waiting, businessStatus: businessStatus('waitlisted') };
  const next: Task = { ...before, status, businessStatus: businessStatus(business), note };
  const { task } = moveTask(before, next, { actors: [actor], now: new Date('2026-11-23T09:00:00Z') });
  const urls = said.map(({ url }) => url);
  return (task.extension ?? []).filter(({ url }) => urls.includes(url));
}

const note = [{ authorString: 'A worker', time: '2026-11-22T09:00:00Z', text: 'She said so.' }];
const waiting: Task = {
  resourceType: 'Task',
  status: 'accepted',
  intent: 'order',
  executionPeriod: { start: '2026-11-22' },
  extension: said,
};
