import type { Subscription } from 'fhir/r4';
import { contentExtension, filterExtension, heartbeatExtension } from './backport.js';
import { subscriptionIssues } from './subscription-rules.js';

const topic = 'https://ginnel.org.uk/fhir/SubscriptionTopic/contact-due';
const ofCriteria = 'Subscription.criteria.extension';

/** Where it is at fault. */
function faults(criteria: string, more: object = {}, channel: object = {}): (readonly string[] | undefined)[] {
  const subscription = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'x',
    criteria,
    channel: { type: 'rest-hook', endpoint: 'https://example.org/hook', ...channel },
    ...more,
  } as Subscription;
  return subscriptionIssues(subscription, []).map(({ expression }) => expression);
}

function narrowed(...extension: object[]): object {
  return { _criteria: { extension } };
}

const filter = { url: filterExtension, valueString: 'Task?status=accepted' };
const content = { _payload: { extension: [{ url: contentExtension, valueCode: 'id-only' }] } };
const heartbeat = { extension: [{ url: heartbeatExtension, valueUnsignedInt: 60 }] };

describe('what a Subscription by topic asks for', () => {
  it('may be narrowed by filters', () => {
    expect(faults(topic, narrowed(filter, { url: filterExtension, valueString: 'owner=x' }))).toEqual([]);
  });

  it.each([
    [{ url: 'https://example.org/filter', valueString: 'Task?status=accepted' }],
    [{ url: filterExtension }],
    [{ url: filterExtension, valueUri: 'Task?status=accepted' }],
    [{ url: filterExtension, valueString: '' }],
    [{ url: filterExtension, valueString: 'Task?' }],
    [{ url: filterExtension, valueString: 'Task?&' }],
  ])('is not wider than %j may have meant', (extension) => {
    expect(faults(topic, narrowed(filter, extension))).toEqual([[ofCriteria]]);
  });
});

describe('what a Subscription by criteria asks for', () => {
  it('is nothing that belongs to a topic', () => {
    expect(faults('Task', narrowed(filter))).toEqual([[ofCriteria]]);
    expect(faults('Task', {}, content)).toEqual([['Subscription.channel.payload.extension']]);
    expect(faults('Task', {}, heartbeat)).toEqual([['Subscription.channel.extension']]);
    expect(faults('Task', narrowed({ url: 'https://example.org/filter' }))).toEqual([[ofCriteria]]);
    expect(faults('Task')).toEqual([]);
  });
});
