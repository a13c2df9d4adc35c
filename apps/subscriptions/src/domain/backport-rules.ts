import type { Subscription } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { contentSent, criteriaExtensions, filterExtension, filtersOf, heartbeatSent } from './backport.js';
import { namesTopic } from './topics.js';

const criteriaPlace = 'Subscription.criteria.extension';

/** What would be left aside without a word: who asks for less is not told everything. */
export function backportIssues(subscription: Subscription): Issue[] {
  const others = criteriaExtensions(subscription).filter(({ url }) => url !== filterExtension);
  return [
    ...(others.length === 0 ? [] : [error('not-supported', onlyFilters, criteriaPlace)]),
    ...(namesTopic(subscription.criteria) ? filterIssues(subscription) : topicOnlyIssues(subscription)),
  ];
}

function filterIssues(subscription: Subscription): Issue[] {
  const isEmpty = (filter: string): boolean => new URLSearchParams(filter.slice(filter.indexOf('?') + 1)).size === 0;
  return filtersOf(subscription).some(isEmpty) ? [error('value', emptyFilter, criteriaPlace)] : [];
}

function topicOnlyIssues(subscription: Subscription): Issue[] {
  const places = [
    ...(filtersOf(subscription).length > 0 ? [criteriaPlace] : []),
    ...(contentSent(subscription) === undefined ? [] : ['Subscription.channel.payload.extension']),
    ...(heartbeatSent(subscription) ? ['Subscription.channel.extension'] : []),
  ];
  return places.map((place) => error('not-supported', onlyOfTopics, place));
}

const onlyFilters = `The criteria are extended by ${filterExtension} and nothing else.`;
const emptyFilter = 'A filter holds search parameters as valueString, such as Task?status=accepted.';
const onlyOfTopics =
  'Filters, the content of a payload and a heartbeat belong to a topic, and these criteria name none.';
