import type { Subscription } from 'fhir/r4';
import { error, FhirError, type Issue } from '#fhir';
import type { SearchQuery } from '#fhir-search';
import { type Content, contents, contentSent, filtersOf } from './backport.js';
import { criteriaOf } from './criteria.js';
import { namesTopic, type Topic, topicOf, topics, topicUrl } from './topics.js';

/** What a Subscription asks to be told, whichever kind it is. */
export interface Wish {
  /** Absent of one whose criteria are a search, as R4 has it. */
  topic?: Topic;
  /** What the resource must meet. */
  query: SearchQuery;
  content: Content;
}

/** Throws FhirError with every fault; values are never quoted, for they may be somebody's identifier. */
export function wishOf(subscription: Subscription): Wish {
  const { criteria, channel } = subscription;
  if (!namesTopic(criteria)) {
    const query = criteriaOf(criteria);
    return { query, content: channel.payload === undefined ? 'empty' : 'full-resource' };
  }
  const topic = topicOf(criteria);
  if (!topic) throw refused([error('not-supported', unknownTopic)]);
  const query = criteriaOf(`${topic.type}?${filtersOf(subscription).map(filterOf(topic)).join('&')}`);
  const content = contentSent(subscription) ?? 'id-only';
  const issues = [...filterIssues(topic, query), ...contentIssues(content)];
  if (issues.length > 0) throw refused(issues);
  return { topic, query, content: content as Content };
}

/** `Task?owner=…`, or `owner=…` alone. */
function filterOf({ type }: Topic): (filter: string) => string {
  return (filter) => {
    const [first = '', ...rest] = filter.split('?');
    if (rest.length === 0) return first;
    if (first === type) return rest.join('?');
    throw refused([error('not-supported', `This topic is about a ${type}: a filter begins with '${type}?'.`)]);
  };
}

function filterIssues({ code, filters }: Topic, { criteria }: SearchQuery): Issue[] {
  const asked = criteria.flatMap((one) => ('parameter' in one ? [one.parameter.code] : []));
  return [...new Set(asked)]
    .filter((parameter) => !filters.includes(parameter))
    .map((parameter) =>
      error('not-supported', `'${parameter}' does not narrow the topic ${code}; it knows ${filters.join(', ')}.`),
    );
}

function contentIssues(content: string): Issue[] {
  if (contents.includes(content as Content)) return [];
  return [error('value', `The content of a notification is ${contents.join(', ')}; id-only unless told.`)];
}

const unknownTopic = `There is no such topic here. These are: ${topics.map(topicUrl).join(', ')}.`;

function refused(issues: readonly Issue[]): FhirError {
  return new FhirError(
    issues.map((issue) => ({ ...issue, expression: ['Subscription.criteria'] })),
    { status: 422 },
  );
}
