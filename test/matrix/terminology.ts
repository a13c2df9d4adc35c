import type { CodeSystem, ValueSet } from 'fhir/r4';
import { elementNames } from './sample.js';

/** The system of the samples' codes: each is named after its element. */
export const sampleSystem = 'https://example.org/CodeSystem/sample';

/** All codes of the samples, below one root. */
export function sampleCodeSystem(): CodeSystem {
  return {
    resourceType: 'CodeSystem',
    url: sampleSystem,
    version: '1.0',
    status: 'active',
    content: 'complete',
    hierarchyMeaning: 'is-a',
    concept: [{ code: 'everything', display: 'Everything', concept: elementNames().map((code) => ({ code })) }],
  };
}

/** One that holds all of them, and one that holds another code. */
export function sampleValueSets(): ValueSet[] {
  const other = { system: sampleSystem, concept: [{ code: 'everything' }] };
  return [valueSet('all', { system: sampleSystem }), valueSet('other', other)];
}

function valueSet(name: string, include: NonNullable<ValueSet['compose']>['include'][number]): ValueSet {
  return {
    resourceType: 'ValueSet',
    url: `https://example.org/ValueSet/${name}`,
    version: '1.0',
    status: 'active',
    compose: { include: [include] },
  };
}
