import type { Bundle, BundleEntry } from 'fhir/r4';
import { type FastInvariants } from '../invariant.js';
import { has } from './presence.js';

/** https://hl7.org/fhir/R4/bundle.html#invs */
export const bundleInvariants: FastInvariants = {
  'Bundle: bdl-1': (bundle: Bundle) => !has(bundle, 'total') || ['searchset', 'history'].includes(bundle.type),
  'Bundle: bdl-2': (bundle: Bundle) =>
    bundle.type === 'searchset' || entriesWhere(bundle, 'search', ({ search }) => search !== undefined),
  'Bundle: bdl-3': (bundle: Bundle) => {
    const needed = ['batch', 'transaction', 'history'].includes(bundle.type);
    return entriesWhere(bundle, 'request', ({ request }) => (request !== undefined) !== needed);
  },
  'Bundle: bdl-4': (bundle: Bundle) => {
    const needed = ['batch-response', 'transaction-response', 'history'].includes(bundle.type);
    return entriesWhere(bundle, 'response', ({ response }) => (response !== undefined) !== needed);
  },
  'Bundle.entry: bdl-5': ({ resource, request, response }: BundleEntry) =>
    (resource ?? request ?? response) !== undefined,
  'Bundle: bdl-7': (bundle: Bundle) => bundle.type === 'history' || repeatedFullUrls(bundle),
  'Bundle.entry: bdl-8': ({ fullUrl }: BundleEntry) => fullUrl?.includes('/_history/') !== true,
  'Bundle: bdl-9': ({ type, identifier }: Bundle) =>
    type !== 'document' || (identifier !== undefined && has(identifier, 'system') && has(identifier, 'value')),
  'Bundle: bdl-10': ({ type, timestamp }: Bundle) => type !== 'document' || timestamp !== undefined,
  'Bundle: bdl-11': ({ type, entry }: Bundle) =>
    type !== 'document' || entry?.[0]?.resource?.resourceType === 'Composition',
  'Bundle: bdl-12': ({ type, entry }: Bundle) =>
    type !== 'message' || entry?.[0]?.resource?.resourceType === 'MessageHeader',
};

function entriesWhere({ entry = [] }: Bundle, element: string, isBroken: (entry: BundleEntry) => boolean): string[] {
  return entry.flatMap((one, index) => (isBroken(one) ? [`entry[${String(index)}].${element}`] : []));
}

function repeatedFullUrls(bundle: Bundle): string[] {
  const seen = new Set<string>();
  return entriesWhere(bundle, 'fullUrl', ({ fullUrl, resource }) => {
    if (fullUrl === undefined) return false;
    const version = `${fullUrl} ${resource?.meta?.versionId ?? ''}`;
    const isRepeated = seen.has(version);
    seen.add(version);
    return isRepeated;
  });
}
