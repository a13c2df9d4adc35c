import type { Bundle, BundleEntry } from 'fhir/r4';
import { BundleIndex } from './bundle-index.js';
import { type Fields, isFields } from './fields.js';
import { type Check, type Inspection } from './inspection.js';

// What R4 asks of Bundles in words. https://hl7.org/fhir/R4/bundle.html

/** A fullUrl that names a type and an id names those of its resource. */
export const fullUrlCheck: Check = (value, inspection) => {
  const { fullUrl, resource } = value as BundleEntry;
  if (fullUrl === undefined || resource === undefined) return;
  const [, type, id] = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(fullUrl) ?? [];
  if (type === undefined) return;
  if (type !== resource.resourceType) {
    inspection.fault('value', `The fullUrl names ${type}, and the resource is ${resource.resourceType}.`, 'fullUrl');
  } else if (resource.id !== undefined && resource.id !== id) {
    inspection.fault('value', 'The fullUrl ends in another id than the resource has.', 'fullUrl');
  }
};

/** Entries of documents and messages are known by fullUrl, and what the first one names is among them. */
export const bundleCheck: Check = (value, inspection) => {
  const { type, entry = [] } = value as Bundle;
  if (type !== 'document' && type !== 'message') return;
  for (const [index, { fullUrl }] of entry.entries()) {
    if (fullUrl !== undefined) continue;
    inspection.remark(
      'value',
      `Without a fullUrl no entry of a ${type} can be referred to.`,
      `entry[${String(index)}]`,
    );
  }
  const first = entry[0]?.resource;
  if (first && isFields(first)) checkIncluded(type, { first, bundle: new BundleIndex(value as Fields) }, inspection);
};

/** Elements that lead to what a document must carry, and a message should. */
const included: Record<'document' | 'message', ReadonlySet<string>> = {
  document: new Set(
    'subject encounter author attester party custodian event detail section focus entry reference'.split(' '),
  ),
  message: new Set(['focus', 'reference']),
};

function checkIncluded(
  type: 'document' | 'message',
  { first, bundle }: { first: Fields; bundle: BundleIndex },
  inspection: Inspection,
): void {
  for (const { place, literal } of referencesIn(first, 'entry[0].resource', included[type])) {
    // what is contained is there, and urn: is looked up where it stands
    if (/^(?:#|urn:)/.test(literal) || bundle.find(literal)) continue;
    const said = `No entry of this ${type} is the resource that its ${String(first.resourceType)} refers to here.`;
    if (type === 'document') inspection.fault('not-found', said, place);
    else inspection.warn('not-found', said, place);
  }
}

function referencesIn(value: unknown, place: string, names: ReadonlySet<string>): { place: string; literal: string }[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => referencesIn(item, `${place}[${String(index)}]`, names));
  }
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (!names.has(name)) return [];
    const below = `${place}.${name}`;
    return name === 'reference' && typeof inner === 'string'
      ? [{ place: below, literal: inner }]
      : referencesIn(inner, below, names);
  });
}
