import type { Bundle, BundleEntry } from 'fhir/r4';
import { type Check } from './inspection.js';

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

/** Resources of documents and messages are known by fullUrl, and those that the first one names are there. */
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
};
