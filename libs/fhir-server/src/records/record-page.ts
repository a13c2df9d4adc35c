import { FhirError, type ServiceName, serviceNames } from '#fhir';
import type { SearchQuery } from '#fhir-search';
import type { FhirStore } from '#fhir-store';
import { bundleOf } from '../interactions/bundle.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { placeIn, type Shown, sealedPlace } from './newest.js';
import type { RecordType } from './record-route.js';

/** Where a page of records begins, and how it and the next are addressed. */
export interface RecordPage {
  after: Shown | undefined;
  /** `last` is the last record of the page, where there are more. */
  bundle: (page: { entries: readonly string[]; last: Shown | undefined; total?: number }) => FhirResponse;
}

/** A page of records of every service: its links are bound to the client and to what it asked for. */
export function recordPage(
  type: RecordType,
  { applied, cursor }: Pick<SearchQuery, 'applied' | 'cursor'>,
  { request, serving }: { request: FhirRequest; serving: Serving },
): RecordPage {
  const { baseUrl, cursors } = serving;
  const asked = new URLSearchParams([...applied].filter(([name]) => name !== '_cursor'));
  const { client, audience } = request.caller;
  const boundTo = `${type}?${asked.toString()}|${client}|${[...audience].sort().join(',')}`;
  const address = (place: string | undefined): string => {
    const all = new URLSearchParams([
      ...asked,
      ...(place === undefined ? [] : [['_cursor', place] as [string, string]]),
    ]);
    return `${baseUrl}/${type}${all.size === 0 ? '' : `?${all.toString()}`}`;
  };
  return {
    after: cursor === undefined ? undefined : placeIn(cursors.open(cursor, boundTo)),
    bundle: ({ entries, last, total }) => {
      const next = last && { relation: 'next', url: address(cursors.seal(sealedPlace(last), boundTo)) };
      const links = [{ relation: 'self', url: address(cursor) }, ...(next ? [next] : [])];
      return { status: 200, content: bundleOf({ type: 'searchset', total, links, form: request.form, entries }) };
    },
  };
}

/** The store of a service of this process. */
export function storeOf(service: ServiceName, { faces }: Serving): FhirStore | undefined {
  return faces.types.find(({ face }) => face.name === service)?.face.store;
}

/** Services that can be asked from here. */
export function servicesReached(serving: Serving): ServiceName[] {
  return serviceNames.filter((service) => serving.recordsAcross !== undefined || storeOf(service, serving));
}

export function absentRecord(type: RecordType): FhirError {
  return FhirError.of('not-found', `There is no ${type} at this address that you may see.`);
}
