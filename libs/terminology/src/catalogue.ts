import type { CodeSystem, ValueSet } from 'fhir/r4';
import { canonicalOf, compareVersions } from './canonical.js';
import { CodeSystemIndex } from './code-system-index.js';

export type TerminologyResource = ValueSet | CodeSystem;

/** A resource that is read when it is asked for. */
export interface Entry {
  resourceType: TerminologyResource['resourceType'];
  url: string;
  version?: string | undefined;
  /** Of a code system: the value set of all its codes. */
  valueSet?: string | undefined;
  read: () => TerminologyResource;
}

/** Value sets and code systems by canonical; one may stand on another, whose resources of the same version come first. */
export class Catalogue {
  readonly #entries = new Map<string, Entry[]>();
  readonly #systems = new Map<string, string>();
  readonly #resources = new Map<Entry, TerminologyResource>();
  readonly #indexes = new Map<Entry, CodeSystemIndex>();

  constructor(
    entries: readonly Entry[],
    private readonly base?: Catalogue,
  ) {
    for (const entry of entries) {
      const name = nameOf(entry.resourceType, entry.url);
      if (entry.valueSet !== undefined) this.#systems.set(canonicalOf(entry.valueSet).url, entry.url);
      const versions = this.#entries.get(name) ?? [];
      if (!versions.some(({ version }) => version === entry.version)) this.#entries.set(name, [...versions, entry]);
    }
  }

  /** Every canonical that is known, without versions. */
  urlsOf(type: TerminologyResource['resourceType']): string[] {
    const own = [...this.#entries.values()].flatMap(([entry]) => (entry?.resourceType === type ? [entry.url] : []));
    return [...new Set([...(this.base?.urlsOf(type) ?? []), ...own])];
  }

  /** The named version, or the latest. */
  valueSet(canonical: string): ValueSet | undefined {
    return this.#found('ValueSet', canonical, (entry, holder) => holder.#read(entry) as ValueSet);
  }

  codeSystem(canonical: string): CodeSystemIndex | undefined {
    return this.#found('CodeSystem', canonical, (entry, holder) => holder.#index(entry));
  }

  /** The code system that says of this value set that it holds all its codes. */
  systemOf(valueSet: string): string | undefined {
    return this.#systems.get(canonicalOf(valueSet).url) ?? this.base?.systemOf(valueSet);
  }

  #found<T>(
    type: Entry['resourceType'],
    canonical: string,
    made: (entry: Entry, holder: Catalogue) => T,
  ): T | undefined {
    const found = this.#newest(type, canonical);
    return found && made(found.entry, found.holder);
  }

  #newest(type: Entry['resourceType'], canonical: string): { entry: Entry; holder: Catalogue } | undefined {
    const { url, version } = canonicalOf(canonical);
    const below = this.base === undefined ? undefined : this.base.#newest(type, canonical);
    const own = (this.#entries.get(nameOf(type, url)) ?? [])
      .filter((entry) => version === undefined || entry.version === version)
      .reduce<Entry | undefined>((best, entry) => (best && !isNewer(entry, best) ? best : entry), undefined);
    if (!own || (below && !isNewer(own, below.entry))) return below;
    return { entry: own, holder: this };
  }

  #read(entry: Entry): TerminologyResource {
    const known = this.#resources.get(entry) ?? entry.read();
    this.#resources.set(entry, known);
    return known;
  }

  #index(entry: Entry): CodeSystemIndex {
    const known = this.#indexes.get(entry) ?? new CodeSystemIndex(entry.read() as CodeSystem);
    this.#indexes.set(entry, known);
    return known;
  }
}

/** Entries of resources that are there already. A supplement adds no code, so it is no code system here. */
export function entriesOf(resources: readonly TerminologyResource[]): Entry[] {
  return resources.flatMap((resource) => {
    const { resourceType, url, version } = resource;
    if (url === undefined || (resourceType === 'CodeSystem' && !hasCodes(resource))) return [];
    const valueSet = resource.resourceType === 'CodeSystem' ? resource.valueSet : undefined;
    return [{ resourceType, url, version, valueSet, read: () => resource }];
  });
}

function hasCodes({ content, concept = [] }: CodeSystem): boolean {
  if (content === 'supplement' || content === 'not-present') return false;
  return content === 'complete' || concept.length > 0;
}

function nameOf(type: string, url: string): string {
  return `${type} ${url}`;
}

function isNewer(one: Entry, other: Entry): boolean {
  return compareVersions(one.version, other.version) > 0;
}
