import type { FhirResource } from 'fhir/r4';
import { indexEntriesOf } from '#fhir-search';
import type { EverythingPlace, EverythingQuery } from './everything-query.js';
import type { Found } from './inner-search.js';
import type { Step } from './steps.js';

/** Searches that are asked together: most types hold nothing of one person. */
const askedAtOnce = 16;

/** The matches of one page, and where the next goes on. Searches are sorted by id: what changes meanwhile moves nothing. */
export async function pageOf(
  steps: readonly Step[],
  query: EverythingQuery,
  search: (urls: readonly string[]) => Promise<Found[]>,
): Promise<{ resources: FhirResource[]; next?: EverythingPlace }> {
  const resources: FhirResource[] = [];
  let place: EverythingPlace = query.from;
  while (place.step < steps.length) {
    const some = steps.slice(place.step, place.step + askedAtOnce);
    const from = place;
    const found = await search(some.map((step, at) => urlOf(step, query, at === 0 ? from.cursor : undefined)));
    for (const [at, { resources: told, cursor }] of found.entries()) {
      const step = some[at];
      const behind = at === 0 ? from.after : undefined;
      const fresh = told.filter((resource) => step && isFresh(resource, step, behind));
      const room = query.count - resources.length;
      resources.push(...fresh.slice(0, room));
      if (fresh.length > room) return { resources, next: cutAt(place, room > 0 ? fresh[room - 1] : undefined) };
      place = cursor === undefined ? { step: place.step + 1 } : { step: place.step, cursor };
      // The next page of the same search comes before the steps behind it.
      if (cursor !== undefined) break;
    }
  }
  return { resources };
}

/** The page is full in the midst of a search: it is asked again, and what was told is left out. */
function cutAt(place: EverythingPlace, last: FhirResource | undefined): EverythingPlace {
  const { step, cursor, after } = place;
  const id = last?.id ?? after;
  return { step, ...(cursor === undefined ? {} : { cursor }), ...(id === undefined ? {} : { after: id }) };
}

function urlOf(
  { type, parameter, roots, date, dated }: Step,
  query: EverythingQuery,
  cursor: string | undefined,
): string {
  const { count, since, start, end } = query;
  const sought = new URLSearchParams([
    [parameter, roots.join(',')],
    ...(since === undefined ? [] : [['_lastUpdated', `ge${since}`]]),
    ...(date === undefined ? [] : within(date, { dated, start, end })),
    ['_sort', '_id'],
    ['_count', String(count)],
    ...(cursor === undefined ? [] : [['_cursor', cursor]]),
  ]);
  return `${type}?${sought.toString()}`;
}

function within(
  date: string,
  { dated, start, end }: Record<'start' | 'end', string | undefined> & { dated: boolean | undefined },
): [string, string][] {
  if (dated === false) return [[`${date}:missing`, 'true']];
  if (dated === undefined) return [];
  return [
    ...(start === undefined ? [] : [[date, `ge${start}`] as [string, string]]),
    ...(end === undefined ? [] : [[date, `le${end}`] as [string, string]]),
  ];
}

/** Neither told on the page before nor found by an earlier parameter of its type. */
function isFresh(resource: FhirResource, { before, roots }: Step, after: string | undefined): boolean {
  const { id = '' } = resource;
  if (after !== undefined && id <= after) return false;
  if (before.length === 0) return true;
  return !indexEntriesOf(resource).some(
    ({ parameter, values }) =>
      before.includes(parameter.code) &&
      values.some((value) => value.type === 'reference' && roots.includes(value.value)),
  );
}
