import { Injectable } from '@nestjs/common';
import type { CodeSystem, ValueSet } from 'fhir/r4';
import { type Audience, FhirError } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import { Platform } from '#service';
import { canonicalOf, type LoadedTerminology, type TerminologyResource } from '#terminology';

/** Value sets that import one another, and their systems: more than this is no sensible value set. */
const mostLookedUp = 500;

/**
 * The terminology of this process and, beside it, what is stored here now and bears on the question: the named canonicals and
 * all that they draw on.
 */
@Injectable()
export class KnownTerminology {
  constructor(
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {}

  async execute(
    start: { canonicals?: readonly string[]; given?: ValueSet },
    reader: Audience,
  ): Promise<LoadedTerminology> {
    const asked = new Set<string>();
    const found: TerminologyResource[] = [];
    const { terminology } = this.platform.fhirServer;
    let next = [...(start.canonicals ?? []), ...(start.given ? drawnOn(start.given) : [])];
    while (next.length > 0) {
      const urls = [...new Set(next.map((canonical) => canonicalOf(canonical).url))].filter((url) => !asked.has(url));
      for (const url of urls) asked.add(url);
      if (asked.size > mostLookedUp) throw tooMany();
      const stored = await this.#stored(urls, reader);
      found.push(...stored);
      const valueSets = [
        ...stored.filter(({ resourceType }) => resourceType === 'ValueSet'),
        ...urls.flatMap((url) => terminology.valueSet(url) ?? []),
      ];
      next = valueSets.flatMap((resource) => drawnOn(resource as ValueSet)).filter((url) => !asked.has(url));
    }
    return found.length === 0 ? terminology : terminology.with(found);
  }

  async #stored(urls: readonly string[], reader: Audience): Promise<TerminologyResource[]> {
    const [valueSets, codeSystems] = await Promise.all(
      ['ValueSet', 'CodeSystem'].map((type) => this.#ofType(type, urls, reader)),
    );
    return [...(valueSets ?? []), ...(codeSystems ?? [])];
  }

  async #ofType(type: string, urls: readonly string[], reader: Audience): Promise<TerminologyResource[]> {
    const parameter = searchParameter(type, 'url');
    if (!parameter || urls.length === 0) return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: urls.map((value) => ({ type: 'uri', value })) }],
      includes: [],
      sort: [],
      count: 1000,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches } = await this.store.search(query, reader);
    return matches.map(({ content }) => JSON.parse(content) as ValueSet | CodeSystem);
  }
}

/** The canonicals of systems and value sets that a value set names. */
function drawnOn({ compose }: ValueSet): string[] {
  const parts = [...(compose?.include ?? []), ...(compose?.exclude ?? [])];
  return parts.flatMap(({ system, valueSet = [] }) => [...(system === undefined ? [] : [system]), ...valueSet]);
}

function tooMany(): FhirError {
  const diagnostics = `The value set draws on more than ${String(mostLookedUp)} others.`;
  return FhirError.of('too-costly', diagnostics, { status: 422 });
}
