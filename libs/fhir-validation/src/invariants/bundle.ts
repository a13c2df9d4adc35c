import type { Bundle, BundleEntry } from 'fhir/r4';
import { type Invariant, invariant, invariantAt } from '../invariant.js';

/** https://hl7.org/fhir/R4/bundle.html#invs */
export const bundleInvariants: readonly Invariant[] = [
  invariant<Bundle>('bdl-1', 'Bundle', {
    says: 'Only a searchset or a history has a total',
    holds: ({ total, type }) => total === undefined || type === 'searchset' || type === 'history',
  }),
  invariantAt<Bundle>('bdl-2', 'Bundle', {
    says: 'Only the entries of a searchset have search',
    brokenAt: (bundle) =>
      bundle.type === 'searchset' ? [] : entriesWhere(bundle, 'search', ({ search }) => search !== undefined),
  }),
  invariantAt<Bundle>('bdl-3', 'Bundle', {
    says: 'Each entry of a batch, transaction or history has a request, and no other Bundle has any',
    brokenAt: (bundle) => {
      const needed = ['batch', 'transaction', 'history'].includes(bundle.type);
      return entriesWhere(bundle, 'request', ({ request }) => (request !== undefined) !== needed);
    },
  }),
  invariantAt<Bundle>('bdl-4', 'Bundle', {
    says: 'Each entry of a batch-response, transaction-response or history has a response, and no other Bundle has any',
    brokenAt: (bundle) => {
      const needed = ['batch-response', 'transaction-response', 'history'].includes(bundle.type);
      return entriesWhere(bundle, 'response', ({ response }) => (response !== undefined) !== needed);
    },
  }),
  invariant<BundleEntry>('bdl-5', 'Bundle.entry', {
    says: 'An entry has a resource, a request or a response',
    holds: ({ resource, request, response }) => (resource ?? request ?? response) !== undefined,
  }),
  invariantAt<Bundle>('bdl-7', 'Bundle', {
    says: 'Outside a history, no two entries have one fullUrl, unless their resources are of different versions',
    brokenAt: (bundle) => (bundle.type === 'history' ? [] : repeatedFullUrls(bundle)),
  }),
  invariant<BundleEntry>('bdl-8', 'Bundle.entry', {
    says: 'A fullUrl names no version',
    holds: ({ fullUrl }) => fullUrl?.includes('/_history/') !== true,
  }),
  invariant<Bundle>('bdl-9', 'Bundle', {
    says: 'A document has an identifier with system and value',
    holds: ({ type, identifier }) =>
      type !== 'document' || (identifier?.system !== undefined && identifier.value !== undefined),
  }),
  invariant<Bundle>('bdl-10', 'Bundle', {
    says: 'A document has a timestamp',
    holds: ({ type, timestamp }) => type !== 'document' || timestamp !== undefined,
  }),
  invariant<Bundle>('bdl-11', 'Bundle', {
    says: 'The first resource of a document is its Composition',
    holds: (bundle) => bundle.type !== 'document' || bundle.entry?.[0]?.resource?.resourceType === 'Composition',
  }),
  invariant<Bundle>('bdl-12', 'Bundle', {
    says: 'The first resource of a message is its MessageHeader',
    holds: (bundle) => bundle.type !== 'message' || bundle.entry?.[0]?.resource?.resourceType === 'MessageHeader',
  }),
];

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
