import type { Task } from 'fhir/r4';
import { businessStatus, taskInputSystem, type BusinessStatus } from './codes.js';
import { activityAfter, heldPlaceOf, placeAfter, withHeldPlace } from './held-place.js';
import { statesLeft, withStatesLeft } from './state-before.js';
import { partTurns } from './transitions.js';

const received = part('received', 'acknowledged');
const accepted = withHeldPlace(part('accepted', 'accepted'), 'pottery');
const waiting = part('accepted', 'waitlisted');

it.each<[string, Task, Task, string | undefined]>([
  ['accepted', received, part('accepted', 'accepted'), 'pottery'],
  ['started at once', received, part('in-progress', 'started'), 'pottery'],
  ['offered to somebody who waits', waiting, part('accepted', 'place-offered'), 'pottery'],
  ['contacted while waiting', waiting, part('accepted', 'contacting'), undefined],
  ['contacted after acceptance', accepted, part('accepted', 'contacting'), 'pottery'],
  ['paused', accepted, part('on-hold', 'paused'), 'pottery'],
  ['put on the list again', accepted, part('accepted', 'waitlisted'), undefined],
  ['rejected', received, part('rejected', 'rejected'), undefined],
  ['completed', accepted, part('completed', 'completed'), undefined],
  ['cancelled', accepted, part('cancelled', 'cancelled-by-requester'), undefined],
  ['asked to cancel', accepted, part('accepted', 'cancel-requested'), 'pottery'],
  ['not come before it was accepted', received, part('accepted', 'dna'), 'pottery'],
  ['rests as it is accepted', received, rests(['accepted', 'accepted'], 'paused'), 'pottery'],
  [
    'said to have died before it was accepted',
    received,
    rests(['received', 'acknowledged'], 'death-reported'),
    undefined,
  ],
  ['back from an end', part('cancelled', 'withdrawn-by-provider'), part('accepted', 'contacting'), 'pottery'],
  ['back from an end to its rest', part('completed', 'completed'), rests(['in-progress', 'dna'], 'paused'), 'pottery'],
  ['back from an end to the waiting list', part('cancelled', 'withdrawn-by-provider'), waiting, undefined],
  [
    'back from an end to where it rested on the waiting list',
    part('cancelled', 'withdrawn-by-provider'),
    rests(['accepted', 'waitlisted'], 'paused'),
    undefined,
  ],
  ['back from an end before it was accepted', part('rejected', 'rejected'), received, undefined],
  ['another activity', accepted, part('in-progress', 'activity-changed', 'woodwork'), 'woodwork'],
  [
    'accepted by an organisation without an activity',
    received,
    { ...part('accepted', 'accepted'), input: [] },
    undefined,
  ],
])('has a place: %s', (_, before, after, place) => {
  expect(placeAfter(before, after)).toBe(place);
});

it.each<[string, Task | undefined, Task, string | undefined]>([
  ['where it has its place', received, withHeldPlace(both('woodwork', 'pottery'), 'woodwork'), 'woodwork'],
  [
    'the one that was named last, where it has none',
    both('woodwork', 'pottery'),
    both('woodwork', 'pottery'),
    'pottery',
  ],
  ['the one that is added', accepted, withHeldPlace(both('pottery', 'woodwork'), 'pottery'), 'woodwork'],
  ['its own from the beginning', undefined, received, 'pottery'],
])('is at an activity: %s', (_, before, after, activity) => {
  expect(activityAfter(before, after)).toBe(activity);
});

it('says where it has a place, and nothing else than Ginnel knows', () => {
  const forged = withHeldPlace(withHeldPlace(received, 'woodwork'), 'pottery');
  expect([heldPlaceOf(forged), withHeldPlace(forged, undefined)]).toEqual(['pottery', received]);
});

function rests([status, business]: [Task['status'], BusinessStatus], as: BusinessStatus): Task {
  const [left] = partTurns.filter(({ id }) => id === '22');
  const leaving = { now: new Date('2026-11-22T10:00:00Z'), actors: [] };
  const states = left ? statesLeft(part(status, business), left, leaving) : [];
  return withStatesLeft(part('on-hold', as), states);
}

function part(status: Task['status'], business: BusinessStatus, activity = 'pottery'): Task {
  const type = { coding: [{ system: taskInputSystem, code: 'activity' }] };
  return {
    resourceType: 'Task',
    intent: 'order',
    status,
    businessStatus: businessStatus(business),
    input: [{ type, valueReference: { reference: `HealthcareService/${activity}` } }],
  };
}

function both(...activities: readonly string[]): Task {
  const named = activities.flatMap((activity) => part('accepted', 'activity-changed', activity).input ?? []);
  return { ...part('accepted', 'activity-changed'), input: named };
}
