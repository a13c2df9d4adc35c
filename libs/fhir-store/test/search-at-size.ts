import type { Audience } from '#fhir';
import { parseSearch, type SearchQuery } from '#fhir-search';
import { taskSeenBy } from './many-tasks.js';

/** Who searches among the tasks of `seedTasks`. */
export const readersAtSize: Readonly<Record<string, Audience>> = {
  everyone: ['*'],
  'a big provider': ['big', 'public'],
  'a small practice': ['small', 'public'],
};

/** One search among so many tasks, of 20 results and no total: with other values at each turn, where it has some. */
export type SearchAtSize = (asked: { reader: Audience; at: number; tasks: number }) => SearchQuery;

/** The searches that clients make all day; each finds something for every reader. */
export const searchesAtSize: Readonly<Record<string, SearchAtSize>> = {
  'by identifier': (asked) => search('Task', `identifier=referral-${task(asked)}`),
  'by patient': (asked) => search('Task', `patient=Patient/${person(asked)}`),
  'a worklist by status and owner': () => search('Task', 'status=requested&owner=Organization/big'),
  'newest by status': () => search('Task', 'status=requested,in-progress'),
  newest: () => search('Task'),
  'by a minute': (asked) => search('Task', `authored-on=${minute(asked)}`),
  'sorted by date': () => search('Task', '_sort=-authored-on'),
  'through a chain': (asked) => search('Task', `patient.identifier=${person(asked)}`),
  'by _has': (asked) => search('Patient', `_has:Task:patient:identifier=referral-${task(asked)}`),
};

type Asked = Parameters<SearchAtSize>[0];

function search(type: string, asked = ''): SearchQuery {
  const parameters = new URLSearchParams(asked);
  parameters.set('_count', '20');
  return parseSearch(type, parameters, { lenient: false }).query;
}

function task(asked: Asked): string {
  return String(taskSeenBy(asked));
}

function person(asked: Asked): string {
  return `person-${String(Math.floor(taskSeenBy(asked) / 20))}`;
}

function minute(asked: Asked): string {
  const at = new Date(Date.UTC(2026, 0, 1) + taskSeenBy(asked) * 60_000);
  return `${at.toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length)}Z`;
}
