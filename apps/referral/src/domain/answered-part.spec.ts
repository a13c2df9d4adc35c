import type { Task, TaskOutput } from 'fhir/r4';
import { partMeant, referralMeant } from './answered-part.js';
import { taskInputSystem } from './codes.js';
import { successorIs } from './successor.js';

describe('the part that an answer means', () => {
  const none = { taskIds: [], activities: [] };
  const meant = (own: readonly { task: Task }[], { activities = [], ...names }: Record<string, string[]>) =>
    partMeant(own, { ...none, ...names, activities: activities.map((one) => [one]) })?.task.id;

  const [walks, dance] = [part('walks'), part('dance')];

  it.each([
    ['the only one, whatever is named', [walks], { taskIds: ['another'], activities: ['another'] }, 'walks'],
    ['the one whose Task is named', [walks, dance], { taskIds: ['dance'], activities: ['of-walks'] }, 'dance'],
    ['one that has ended, where its Task is named', [ended('walks'), dance], { taskIds: ['walks'] }, 'walks'],
    ['the one of the activity that answers', [walks, dance], { activities: ['of-dance'] }, 'dance'],
    [
      'the one that answers, not the one that was asked',
      [walks, dance],
      { activities: ['of-dance', 'of-walks'] },
      'dance',
    ],
    [
      'the one that was asked, where nobody knows who answers',
      [walks, dance],
      { activities: ['x', 'of-walks'] },
      'walks',
    ],
    [
      'the open one of an activity',
      [ended('walks'), part('again', 'of-walks'), dance],
      { activities: ['of-walks'] },
      'again',
    ],
    ['the open one, where nothing is named', [ended('walks'), dance], {}, 'dance'],
    ['the last one, where all have ended', [ended('walks'), ended('dance')], {}, 'dance'],
    ['none of two that are open', [walks, dance], {}, undefined],
    ['none of two that are open and are both named', [walks, dance], { taskIds: ['walks', 'dance'] }, undefined],
    [
      'none of two that are open, where something else is named',
      [walks, dance],
      { activities: ['another'] },
      undefined,
    ],
  ])('is %s', (_title, own, names, id) => {
    expect(meant(own, names)).toBe(id);
  });
});

describe('the referral that an answer means', () => {
  const first = { parent: referral('first', 'conversation-1'), own: [part('walks')] };
  const second = { parent: referral('second', 'conversation-2'), own: [part('dance')] };
  const none = { requestIds: [], taskIds: [], correlationId: 'another' };

  it.each([
    ['the one whose ServiceRequest is named', { requestIds: ['of-second'], correlationId: 'conversation-1' }, second],
    ['the one whose Task is named', { taskIds: ['second'] }, second],
    ['the one whose part is named', { taskIds: ['walks'] }, first],
    ['the one of the conversation, in either case', { correlationId: 'CONVERSATION-2' }, second],
    ['none where nothing tells', {}, undefined],
  ])('is %s', (_title, names, expected) => {
    expect(referralMeant([first, second], { ...none, ...names })).toBe(expected);
  });

  it('is the one that goes on where it was reopened', () => {
    const own = [ended('walks', [successorIs('walks-again')])];
    const old = { parent: referral('first', 'conversation-1'), own };
    const again = { parent: referral('again', 'conversation-1'), own: [part('walks-again')] };
    const names = { ...none, requestIds: ['of-first', 'of-again'], correlationId: 'conversation-1' };
    expect(referralMeant([old, again, second], names)).toBe(again);
  });
});

function part(id: string, activity = `of-${id}`): { task: Task } {
  const type = { coding: [{ system: taskInputSystem, code: 'activity' }] };
  const input = [{ type, valueReference: { reference: `HealthcareService/${activity}` } }];
  return { task: { resourceType: 'Task', id, status: 'received', intent: 'order', input } };
}

function ended(id: string, output: TaskOutput[] = []): { task: Task } {
  return { task: { ...part(id).task, status: 'rejected', output } };
}

function referral(id: string, conversation: string): { task: Task } {
  const focus = { reference: `ServiceRequest/of-${id}` };
  const groupIdentifier = { value: conversation };
  return { task: { resourceType: 'Task', id, status: 'received', intent: 'order', focus, groupIdentifier } };
}
