import { Injectable } from '@nestjs/common';
import type { ValueSet } from 'fhir/r4';
import { type Audience, FhirError } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import { Platform } from '#service';
import { canonicalOf, type LoadedTerminology, type TerminologyResource } from '#terminology';
import { RecentlyUsed } from './recently-used.js';

/** Value sets that import one another, and their systems: more than this is no sensible value set. */
const mostLookedUp = 500;

/** JSON text of definitions that are kept as they were understood. */
const mostKept = 8 * 1024 * 1024;

/**
 * The terminology of this process and, beside it, what is stored here now and bears on the question: the named canonicals and
 * all that they draw on. What is stored is looked up each time, so that a change is seen at once; what was made of a version
 * is kept.
 */
@Injectable()
export class KnownTerminology {
  readonly #resources = new RecentlyUsed<TerminologyResource>(mostKept);
  readonly #terminologies = new RecentlyUsed<LoadedTerminology>(mostKept);
  /** What these canonicals drew on when they were asked for last: one look then finds all. */
  readonly #drawnOn = new RecentlyUsed<{ urls: readonly string[] }>(mostKept / 8);

  constructor(
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {}

  async execute(
    start: { canonicals?: readonly string[]; given?: ValueSet },
    reader: Audience,
  ): Promise<LoadedTerminology> {
    const first = [...(start.canonicals ?? []).flatMap(urlsIn), ...(start.given ? drawnOn(start.given) : [])];
    const key = first.join(' ');
    const last = this.#drawnOn.get(key, key.length, () => ({ urls: first }));
    const asked = new Set<string>();
    const found: Stored[] = [];
    let wanted = new Set(last.urls);
    for (let fresh = [...wanted]; fresh.length > 0; fresh = [...wanted].filter((url) => !asked.has(url))) {
      for (const url of fresh) asked.add(url);
      if (asked.size > mostLookedUp) throw tooMany();
      found.push(...(await this.#stored(fresh, reader)));
      wanted = this.#reached(first, found);
    }
    last.urls = [...wanted];
    return this.#with(found.filter((stored) => wanted.has(this.#resource(stored).url ?? '')));
  }

  /** The named urls and all that their value sets draw on, as far as those have been found. */
  #reached(first: readonly string[], found: readonly Stored[]): Set<string> {
    const { terminology } = this.platform.fhirServer;
    const resources = found.map((stored) => this.#resource(stored));
    const reached = new Set(first);
    for (const url of reached) {
      const known = [...resources.filter((resource) => resource.url === url), terminology.valueSet(url)];
      for (const resource of known) {
        if (resource?.resourceType !== 'ValueSet') continue;
        for (const drawn of drawnOn(resource)) reached.add(drawn);
      }
    }
    return reached;
  }

  #with(found: readonly Stored[]): LoadedTerminology {
    const { terminology } = this.platform.fhirServer;
    if (found.length === 0) return terminology;
    const key = found.map(nameOf).sort().join(' ');
    const size = found.reduce((sum, { content }) => sum + content.length, 0);
    return this.#terminologies.get(key, size, () => terminology.with(found.map((one) => this.#resource(one))));
  }

  #resource(stored: Stored): TerminologyResource {
    const { content } = stored;
    return this.#resources.get(nameOf(stored), content.length, () => JSON.parse(content) as TerminologyResource);
  }

  async #stored(urls: readonly string[], reader: Audience): Promise<Stored[]> {
    const found = await Promise.all(['ValueSet', 'CodeSystem'].map((type) => this.#ofType(type, urls, reader)));
    return found.flat();
  }

  async #ofType(type: string, urls: readonly string[], reader: Audience): Promise<Stored[]> {
    const parameter = searchParameter(type, 'url');
    if (!parameter) return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: urls.map((value) => ({ type: 'uri', value })) }],
      includes: [],
      sort: [],
      count: 1000,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, reader)).matches;
  }
}

/** An implicit value set draws on the system that its address begins with. */
function urlsIn(canonical: string): string[] {
  const { url } = canonicalOf(canonical);
  const [system = url] = url.split(/\?fhir_vs|\/vs$/);
  return system === url ? [url] : [url, system];
}

/** Of one version of a resource. */
function nameOf({ type, id, version }: Stored): string {
  return `${type}/${id}/${String(version)}`;
}

/** The urls of systems and value sets that a value set names. */
function drawnOn({ compose }: ValueSet): string[] {
  const parts = [...(compose?.include ?? []), ...(compose?.exclude ?? [])];
  const canonicals = parts.flatMap(({ system, valueSet = [] }) => [
    ...(system === undefined ? [] : [system]),
    ...valueSet,
  ]);
  return canonicals.flatMap(urlsIn);
}

function tooMany(): FhirError {
  const diagnostics = `The value set draws on more than ${String(mostLookedUp)} others.`;
  return FhirError.of('too-costly', diagnostics, { status: 422 });
}
