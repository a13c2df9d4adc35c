import type { Subscription } from 'fhir/r4';
import { hasEnded, inStatus, subscriptionIssues } from './subscription-rules.js';

const subscription: Subscription = {
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Hear of referrals',
  criteria: 'Task?status=accepted',
  channel: { type: 'rest-hook', endpoint: 'https://example.org/hook', payload: 'application/fhir+json' },
};

describe('a Subscription', () => {
  it('may become active as a rest-hook with or without payload', () => {
    const channel = { type: 'rest-hook' as const, endpoint: 'https://example.org/hook' };
    expect([subscription, { ...subscription, channel }].map((each) => subscriptionIssues(each, []))).toEqual([[], []]);
  });

  it('is refused with every fault and its place', () => {
    const channel = { type: 'email' as const, endpoint: 'mailto:a@example.org', payload: 'text/plain', header: ['x'] };
    const issues = subscriptionIssues({ ...subscription, criteria: 'Nothing', channel }, []);
    expect(issues.map(({ expression, diagnostics }) => [...(expression ?? []), diagnostics])).toEqual([
      [
        'Subscription.criteria',
        'In the criteria: The criteria must begin with a resource type of this server, such as Task?status=accepted.',
      ],
      ['Subscription.channel.type', "The only channel is 'rest-hook'."],
      [
        'Subscription.channel.payload',
        "The payload is 'application/fhir+json', or absent for a notification without one.",
      ],
      ['Subscription.channel.endpoint', 'The endpoint is not an absolute https address.'],
      ['Subscription.channel.header[0]', 'A header is written as Name: value, in ASCII and on one line.'],
    ]);
  });

  it('has ended when its end has come', () => {
    const now = new Date('2026-11-21T12:00:00Z');
    const ends = [undefined, '2026-11-21T13:00:00+00:00', '2026-11-21T12:00:00Z', '2026-11-21T12:30:00+01:00'];
    expect(ends.map((end) => hasEnded({ ...subscription, ...(end === undefined ? {} : { end }) }, now))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('bears an error only where the server says one', () => {
    const failed = inStatus(subscription, 'error', 'timeout');
    expect([failed, inStatus(failed, 'active')]).toEqual([
      { ...subscription, status: 'error', error: 'timeout' },
      { ...subscription, status: 'active' },
    ]);
  });
});
