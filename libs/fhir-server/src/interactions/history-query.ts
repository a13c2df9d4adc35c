import { dateInterval } from '#fhir-search';
import { FhirError } from '#fhir';
import type { HistoryPage, HistoryPlace } from '#fhir-store';
import { preferOf } from '../headers.js';
import { nearestOf } from '../nearest.js';
import type { FhirRequest } from '../operation.js';
import type { Serving } from '../serving.js';

/** What a history is asked for. https://hl7.org/fhir/R4/http.html#history */
export interface HistoryQuery {
  page: HistoryPage & { before?: HistoryPlace };
  /** The address of a page, from the place that it goes on from. */
  addressOf: (before?: HistoryPlace) => string;
  form?: URLSearchParams | undefined;
}

const usualCount = 50;
/** Versions may be long, and nothing but their number bounds a page. */
const largestCount = 100;
const known = ['_count', '_since', '_at', '_cursor'];

/** `path` is below `[base]`. Page links are bound to the client and to what it asked for. */
export function historyQueryOf(path: string, request: FhirRequest, serving: Serving): HistoryQuery {
  const { query, caller } = request;
  refuseUnknown(request);
  const largest = Math.min(largestCount, serving.limits.pageCount);
  const count = countIn(query, largest) ?? Math.min(usualCount, largest);
  const [since, at] = [timeIn(query, '_since'), timeIn(query, '_at')];
  const applied = new URLSearchParams([
    ['_count', String(count)],
    ...['_since', '_at'].flatMap((name) => query.getAll(name).map((value): [string, string] => [name, value])),
  ]);
  const boundTo = `${path}?${applied.toString()}|${[...caller.audience].sort().join(',')}`;
  const cursor = query.get('_cursor');
  const before = cursor === null ? undefined : placeIn(serving.cursors.open(cursor, boundTo));
  return {
    page: {
      count,
      ...(since ? { since: since.low } : {}),
      ...(at ? { at } : {}),
      ...(before ? { before } : {}),
    },
    form: request.form,
    addressOf(place) {
      const address = `${serving.baseUrl}/${path}?${applied.toString()}`;
      if (!place) return cursor === null ? address : `${address}&_cursor=${cursor}`;
      return `${address}&_cursor=${serving.cursors.seal(sealed(place), boundTo)}`;
    },
  };
}

function sealed({ lastUpdated, id, type, version }: HistoryPlace) {
  return { id, values: [lastUpdated.toISOString(), type, String(version)] };
}

function placeIn({ id, values: [time, type, version] }: { id: string; values: (string | null)[] }): HistoryPlace {
  return { id, lastUpdated: new Date(time ?? ''), type: type ?? '', version: Number(version) };
}

function refuseUnknown({ query, headers }: FhirRequest): void {
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  const twice = known.find((name) => query.getAll(name).length > 1);
  if (twice !== undefined) throw FhirError.of('value', `${twice} is taken once.`);
  if (unknown === undefined || preferOf(headers).lenient) return;
  const nearest = nearestOf(unknown, known);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  const diagnostics = `History takes _count, _since, _at, _summary, _elements and _format, and no other parameter.${hint}`;
  throw FhirError.of('not-supported', diagnostics);
}

/** A whole number from 1; FHIR lets a server give fewer than asked for, so more than the largest is the largest. */
function countIn(query: URLSearchParams, largest: number): number | undefined {
  const value = query.get('_count');
  if (value === null) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw FhirError.of('value', '_count must be a whole number from 1.');
  return Math.min(Number(value), largest);
}

function timeIn(query: URLSearchParams, name: string): { low: Date; high: Date } | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  // A plus in a query string is a space.
  const interval = dateInterval(value.replace(' ', '+'));
  if (interval) return interval;
  throw FhirError.of('value', `${name} must be a date or time, such as 2026-11-21 or 2026-11-21T10:00:00Z.`);
}
