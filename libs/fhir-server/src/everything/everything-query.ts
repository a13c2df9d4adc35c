import { FhirError, isOwnedType, type ResourceId } from '#fhir';
import { dateInterval } from '#fhir-search';
import type { FhirRequest, OperationDefinition } from '../operation.js';
import { operationParametersOf } from '../operation-parameters.js';
import type { Serving } from '../serving.js';

/** Where a page goes on: at a step, at a page of its search, behind an id of that page. */
export interface EverythingPlace {
  step: number;
  cursor?: string;
  after?: string;
}

export interface EverythingQuery {
  count: number;
  types?: readonly string[];
  since?: string;
  start?: string;
  end?: string;
  from: EverythingPlace;
  addressOf: (place?: EverythingPlace) => string;
}

const usualCount = 50;
const names = ['start', 'end', '_since', '_type', '_count'] as const;

export function everythingQueryOf(
  { type, id }: ResourceId,
  request: FhirRequest,
  { definition, serving }: { definition: OperationDefinition; serving: Serving },
): EverythingQuery {
  const given = operationParametersOf(request, definition);
  const count = Math.max(1, Math.min(given.count('_count') ?? usualCount, serving.limits.pageCount));
  const types = given.texts('_type').flatMap((list) => list.split(','));
  const applied = new URLSearchParams([
    ['_count', String(count)],
    ...names
      .filter((name) => name !== '_count')
      .flatMap((name) => given.texts(name).map((value): [string, string] => [name, value])),
  ]);
  const path = `${type}/${id}/$everything`;
  const boundTo = `${path}?${applied.toString()}|${[...request.caller.audience].sort().join(',')}`;
  const cursor = given.text('_cursor');
  const from = cursor === undefined ? { step: 0 } : placeIn(serving.cursors.open(cursor, boundTo));
  const address = `${serving.baseUrl}/${path}?${applied.toString()}`;
  return {
    count,
    ...(types.length === 0 ? {} : { types: types.map(requireType) }),
    ...dates({ since: given.text('_since'), start: given.text('start'), end: given.text('end') }),
    from,
    addressOf: (place) => {
      if (!place) return cursor === undefined ? address : `${address}&_cursor=${cursor}`;
      return `${address}&_cursor=${serving.cursors.seal(sealed(place), boundTo)}`;
    },
  };
}

function sealed({ step, cursor, after }: EverythingPlace) {
  return { id: after ?? '', values: [String(step), cursor ?? null] };
}

function placeIn({ id, values: [step, cursor] }: { id: string; values: (string | null)[] }): EverythingPlace {
  return { step: Number(step), ...(typeof cursor === 'string' ? { cursor } : {}), ...(id === '' ? {} : { after: id }) };
}

function requireType(type: string): string {
  if (isOwnedType(type)) return type;
  const shown = /^[A-Za-z]{1,40}$/.test(type) ? ` ${type}` : '';
  throw FhirError.of('value', `The parameter _type names${shown}, which is no resource type that is served here.`);
}

function dates(
  given: Record<'since' | 'start' | 'end', string | undefined>,
): Partial<Record<'since' | 'start' | 'end', string>> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      if (value === undefined) return [];
      // A plus in a query string is a space.
      const date = value.replace(' ', '+');
      if (dateInterval(date)) return [[name, date]];
      const parameter = name === 'since' ? '_since' : name;
      throw FhirError.of('value', `The parameter ${parameter} must be a date or time, such as 2026-11-21.`);
    }),
  );
}
