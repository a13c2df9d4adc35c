import type { FhirResource } from 'fhir/r4';
import { type Audience, FhirError, isOwnedType, narrowingMarks } from '#fhir';
import { loadedSearchParameters } from './loaded-parameters.js';
import { asksForMore, isOfOneResource, matches } from './matches.js';
import { normalisedCriteria } from './normalised-criteria.js';
import { parseCriteria } from './parse-search.js';
import type { Criterion, ParameterCriterion, SearchQuery } from './search.js';

/**
 * The narrowings of this reader for a type, as criteria: a resource must meet all of one list. None where the reader sees
 * all of the type that its organisations see. Throws FhirError (403) for a narrowing that cannot be held to.
 */
export function narrowingsOf(reader: Audience, type: string): readonly (readonly ParameterCriterion[])[] {
  return narrowingMarks(reader)
    .filter((narrowing) => narrowing.type === type)
    .map(criteriaOf);
}

/** Whether a scope's search parameters (`owner=Organization/x`) can be held to wherever resources of the type are seen. */
export function canNarrow(type: string, query: string): boolean {
  try {
    criteriaOf({ type, query });
    return true;
  } catch (fault) {
    if (fault instanceof FhirError) return false;
    throw fault;
  }
}

/** Whether a resource lies within what the narrowings of this reader leave of its type. */
export function isWithinNarrowings(reader: Audience, resource: FhirResource): boolean {
  const type = resource.resourceType;
  const narrowings = narrowingsOf(reader, type);
  return narrowings.length === 0 || narrowings.some((criteria) => matches({ type, criteria }, resource));
}

/** Whether a search asks for nothing beyond the narrowings of this reader: it says all that one of them says. */
export function asksWithin(reader: Audience, { type, criteria }: Pick<SearchQuery, 'type' | 'criteria'>): boolean {
  const asked = new Set(criteria.map((criterion) => normalisedCriteria(type, [criterion])));
  const isAsked = (criterion: Criterion): boolean => asked.has(normalisedCriteria(type, [criterion]));
  const narrowings = narrowingsOf(reader, type);
  return narrowings.length === 0 || narrowings.some((narrowing) => narrowing.every(isAsked));
}

const rememberedAtMost = 1_000;
const remembered = new Map<string, readonly ParameterCriterion[]>();

function criteriaOf({ type, query }: { type: string; query: string }): readonly ParameterCriterion[] {
  const key = `${type}?${query}`;
  const known = remembered.get(key);
  if (known) return known;
  const criteria = understood(type, query);
  if (remembered.size >= rememberedAtMost) remembered.clear();
  remembered.set(key, criteria);
  return criteria;
}

function understood(type: string, query: string): readonly ParameterCriterion[] {
  // Of other types nobody keeps rows that a search goes through.
  if (!isOwnedType(type)) throw refused(type);
  const criteria = parsed(type, query);
  const held = criteria.filter(isOfOneResource).filter(isHeldTo);
  if (held.length < criteria.length) throw refused(type);
  return held;
}

function parsed(type: string, query: string): readonly Criterion[] {
  try {
    return parseCriteria(type, new URLSearchParams(query));
  } catch (fault) {
    throw fault instanceof FhirError ? refused(type, fault) : fault;
  }
}

/** What every service that holds rows of the type can tell of one resource, now and when it was written. */
function isHeldTo(criterion: ParameterCriterion): boolean {
  const { code, url } = criterion.parameter;
  if (code === '_lastUpdated' || asksForMore(criterion).length > 0) return false;
  return loadedSearchParameters().every(({ definition }) => definition.url !== url);
}

/** Without the values, which may be somebody's identifier. */
function refused(type: string, cause?: FhirError): FhirError {
  const diagnostics = `This server cannot hold to the search parameters of your scope for ${type}; ask for a scope with plain parameters of ${type}, without chains and value sets.`;
  return FhirError.of('forbidden', diagnostics, { status: 403, ...(cause ? { cause } : {}) });
}
