import type { Bundle, Encounter, FhirResource, ServiceRequest, Task } from 'fhir/r4';
import { readReferral, vcseUseCase } from './bars/index.js';
import { answer, newValidation, urls } from './bars/example-messages.js';
import { businessStatus, businessStatusOf } from './codes.js';
import { outcomeUnknown } from './plain-task.js';
import { taskWishedBy } from './response-turn.js';
import { moveTask } from './task-transition.js';

const now = new Date('2026-11-20T10:00:00Z');

const part = (status: Task['status']): Task => ({
  resourceType: 'Task',
  id: 'part',
  status,
  intent: 'order',
  businessStatus: businessStatus('sent'),
});

/** An answer about the receiver's Encounter in this status. */
function about(status: Encounter['status'], more: Partial<Encounter> = {}): Bundle {
  return changed(answer(), urls.theirEncounter, { status, ...more });
}

function changed(bundle: Bundle, fullUrl: string, change: object): Bundle {
  const entry = (bundle.entry ?? []).map((each) =>
    each.fullUrl === fullUrl ? { ...each, resource: { ...each.resource, ...change } as FhirResource } : each,
  );
  return { ...bundle, entry };
}

function wished(bundle: Bundle, from: Task['status'], said?: Task): string | undefined {
  const task = taskWishedBy(readReferral(bundle), part(from), { said, now });
  return task && `${task.status}/${String(businessStatusOf(task))}`;
}

describe('an answer to a referral wishes its Task', () => {
  it.each<[Encounter['status'], Task['status'], string | undefined]>([
    ['planned', 'requested', 'received/acknowledged'],
    ['arrived', 'requested', 'received/acknowledged'],
    ['planned', 'accepted', undefined],
    ['triaged', 'received', 'accepted/accepted'],
    ['triaged', 'in-progress', undefined],
    ['in-progress', 'accepted', 'in-progress/started'],
    ['in-progress', 'completed', undefined],
    ['finished', 'in-progress', 'completed/completed'],
    ['cancelled', 'requested', 'rejected/rejected'],
    ['cancelled', 'in-progress', 'cancelled/withdrawn-by-provider'],
    ['cancelled', 'cancelled', undefined],
    ['onleave', 'in-progress', undefined],
  ])('by an Encounter that is %s, from %s', (status, from, expected) => {
    expect(wished(about(status), from)).toBe(expected);
  });

  it('by its own Encounter, whichever the message is about first', () => {
    const both = [urls.encounter, urls.theirEncounter].map((reference) => ({ reference }));
    const bundle = changed(about('in-progress'), urls.serviceRequest, { encounter: both[0] });
    const header = { ...bundle.entry?.[0]?.resource, focus: both } as FhirResource;
    const [, ...entry] = bundle.entry ?? [];
    expect(wished({ ...bundle, entry: [{ resource: header }, ...entry] }, 'accepted')).toBe('in-progress/started');
  });

  it('begun when the Encounter began', () => {
    const begun = taskWishedBy(
      readReferral(about('in-progress', { period: { start: '2026-03-04' } })),
      part('accepted'),
      { now },
    );
    expect(begun?.executionPeriod).toEqual({ start: '2026-03-04' });
  });

  it.each([
    ['RRNA', '22', 'capacity-full'],
    ['FC', '27', 'rejected'],
    ['OTH', '99', 'rejected'],
  ])('refused for the reason %s, with the code of the directory beside it', (sent, code, business) => {
    const system = 'http://fhir.nhs.uk/CodeSystem/rejected-reasons-bars';
    const message = readReferral(about('cancelled', { reasonCode: [{ coding: [{ system, code: sent }] }] }));
    const task = taskWishedBy(message, part('received'), { now });
    expect(task?.statusReason?.coding?.map((coding) => coding.code)).toEqual([sent, code]);
    expect(task && businessStatusOf(task)).toBe(business);
  });

  it('withdrawn, once begun, in a note that the provider signs', () => {
    const owner = { reference: 'Organization/charity' };
    const text = 'Nobody is there to do it.';
    const message = readReferral(about('cancelled', { reasonCode: [{ text }] }));
    const task = taskWishedBy(message, { ...part('accepted'), owner }, { now });
    expect(task?.note).toEqual([{ authorReference: owner, time: now.toISOString(), text }]);
  });

  it('cancelled as the requester asked', () => {
    const asked = { ...part('received'), businessStatus: businessStatus('cancel-requested') };
    const task = taskWishedBy(readReferral(about('cancelled')), asked, { now });
    expect(task && [task.status, businessStatusOf(task)]).toEqual(['cancelled', 'cancelled-by-requester']);
  });

  it('as a session that was missed, where the ServiceRequest is revoked', () => {
    const revoked = changed(answer(), urls.serviceRequest, { status: 'revoked' });
    expect([wished(revoked, 'in-progress'), wished(revoked, 'received')]).toEqual(['in-progress/dna', 'accepted/dna']);
  });

  it('as another session that was missed, where it says so once more', () => {
    const revoked = readReferral(changed(answer(), urls.serviceRequest, { status: 'revoked' }));
    const actors = ['provider'] as const;
    const told = ['2026-11-20T09:00:00Z', '2026-11-20T10:00:00Z', '2026-11-20T10:01:00Z'].reduce<[Task, string[]]>(
      ([task, events], at) => {
        const wish = taskWishedBy(revoked, task, { now: new Date(at) }) ?? task;
        const moved = moveTask(task, wish, { actors, now: new Date(at) });
        return [moved.task, [...events, moved.transition?.event ?? 'none']];
      },
      [part('in-progress'), []],
    );
    expect(told[1]).toEqual(Array.from({ length: 3 }, () => 'referral-session-missed.v1'));
  });

  it('completed by the final answer to a validation, which does not say whether a need was met', () => {
    const { category: validation } = newValidation().entry?.[1]?.resource as ServiceRequest;
    const final = readReferral(changed(about('finished'), urls.serviceRequest, { category: validation }));
    const task = taskWishedBy(final, part('in-progress'), { now });
    expect([task?.status, task?.output]).toEqual(['completed', [outcomeUnknown]]);
    const said = { type: outcomeUnknown.type, valueCode: 'partly' };
    expect(taskWishedBy(final, { ...part('in-progress'), output: [said] }, { now })?.output).toEqual([said]);
  });

  const ours = () => {
    const { category = [] } = answer().entry?.[1]?.resource as ServiceRequest;
    const own = [{ coding: [category[0]?.coding?.[0], vcseUseCase] }];
    return readReferral(changed(answer(), urls.serviceRequest, { category: own }));
  };

  it('as the Task of our own use case says it, what it says anew in the place of what was said before', () => {
    const message = ours();
    const said: Task = {
      ...part('on-hold'),
      businessStatus: businessStatus('paused'),
      statusReason: { text: 'holiday' },
    };
    const task = taskWishedBy(
      message,
      { ...part('in-progress'), owner: { reference: 'Organization/1' } },
      { said, now },
    );
    expect(task).toEqual({ ...said, owner: { reference: 'Organization/1' } });
  });

  it('with each of its notes once, signed by who answers and dated, and none in the name of another organisation', () => {
    const first = { text: 'Comes on Tuesday.' };
    const second = { text: 'Brings a friend.', time: '2026-11-19T10:00:00Z' };
    const noted = (task: Task, note: Task['note']) =>
      taskWishedBy(ours(), task, { said: { ...part('received'), note }, author: 'charity', now }) ?? task;
    const signature = { authorReference: { reference: 'Organization/charity' } };
    const before = noted(part('requested'), [first]);
    expect(before.note).toEqual([{ ...signature, time: now.toISOString(), ...first }]);
    expect(noted(before, [first, second]).note).toEqual([...(before.note ?? []), { ...signature, ...second }]);
    const others = { text: 'We asked for this.', authorReference: { reference: 'Organization/practice' } };
    expect(() => noted(before, [others])).toThrow('A note is not written in the name of another organisation.');
  });

  it('by no Task of another use case: there it is the service that was asked for', () => {
    const said: Task = { resourceType: 'Task', status: 'completed', intent: 'order' };
    expect(wished(about('planned'), 'received', said)).toBeUndefined();
  });
});
