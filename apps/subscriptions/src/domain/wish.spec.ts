import type { Subscription } from 'fhir/r4';
import { FhirError } from '#fhir';
import { isTriggeredBy, topics, topicUrl } from './topics.js';
import { wishOf } from './wish.js';

const filterUrl = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria';

function subscription(criteria: string, filters: readonly string[] = []): Subscription {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'x',
    criteria,
    _criteria: { extension: filters.map((valueString) => ({ url: filterUrl, valueString })) },
    channel: { type: 'rest-hook' },
  };
}

function asked({ query }: ReturnType<typeof wishOf>): string[] {
  return query.criteria.flatMap((one) => ('parameter' in one ? [one.parameter.code] : []));
}

describe('what a Subscription asks to be told', () => {
  it.each(topics)('may be the topic $code, by each of its filters', (topic) => {
    const { filters, type } = topic;
    const value = (filter: string): string => (filter === '_id' || filter === 'status' ? 'a' : 'x');
    const all = filters.map((filter) => `${type}?${filter}=${value(filter)}`);
    const wish = wishOf(subscription(`${topicUrl(topic)}|1.0.0`, all));
    expect([wish.topic, wish.content, asked(wish)]).toEqual([topic, 'id-only', filters]);
  });

  it('may be a search, as R4 has it', () => {
    const { topic, query, content } = wishOf(subscription('Task?status=accepted'));
    expect([topic, query.type, content]).toEqual([undefined, 'Task', 'empty']);
  });

  it.each([
    ['https://example.org/SubscriptionTopic/other', []],
    [topicUrl({ code: 'contact-due' } as never), ['Task?note=x']],
    [topicUrl({ code: 'contact-due' } as never), ['HealthcareService?_id=1']],
    [topicUrl({ code: 'contact-due' } as never), ['Task?patient.name=x']],
  ])('may not be %s narrowed by %j', (criteria, filters) => {
    expect(() => wishOf(subscription(criteria, filters))).toThrow(FhirError);
  });
});

describe('the turns of a referral', () => {
  it.each([
    ['referral-accepted.v1', true],
    ['referral-progressed.v1', true],
    ['referral-reminded.v1', false],
    ['referral-contact-due.v1', false],
    ['task-updated.v1', false],
  ])('are told of by %s: %s', (event, expected) => {
    const turns = topics.find(({ code }) => code === 'referral-status-changed');
    expect(turns && isTriggeredBy(turns, event)).toBe(expected);
  });
});
