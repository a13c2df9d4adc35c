import type { BundleEntry, FhirResource } from 'fhir/r4';
import type { GinnelClient } from './ginnel-client.js';

export interface WatchedChanges<R extends FhirResource> {
  type: R['resourceType'];
  /** What to look for, such as `{ requester: 'Organization/…' }`. */
  parameters: Record<string, string>;
}

/** What is remembered between two looks: keep it where you keep what you made of the changes. */
export interface ChangesState {
  /** `meta.lastUpdated` of the newest version that was given: instant. */
  newest?: string;
  /** `meta.versionId` by id, of what is included by `Type/id`: of what was given and may come again. */
  versions: Readonly<Record<string, string>>;
}

/** A change bears the time at which its commit began: one that began earlier may appear after one that began later. */
const overlapMs = 5 * 60_000;

/** All that changed since the last look, each version once. The first look gives everything. */
export class Changes<R extends FhirResource> {
  #newest: string | undefined;
  #versions: Map<string, { version: string; at: string }>;

  constructor(
    private readonly client: GinnelClient,
    private readonly watched: WatchedChanges<R>,
    state: ChangesState = { versions: {} },
  ) {
    this.#newest = state.newest;
    const at = state.newest ?? '';
    this.#versions = new Map(Object.entries(state.versions).map(([id, version]) => [id, { version, at }]));
  }

  /** Take `state` when all have been dealt with. */
  async *look(): AsyncGenerator<R> {
    const { type, parameters } = this.watched;
    const since = this.#newest === undefined ? {} : { _lastUpdated: `ge${earlier(this.#newest)}` };
    // Sorted so, what changes while the pages are walked comes at their end.
    for await (const entry of this.client.searchEntries(type, { ...parameters, ...since, _sort: '_lastUpdated' })) {
      const { key, version, at } = this.#versionOf(entry);
      if (this.#versions.get(key)?.version === version) continue;
      yield entry.resource as R;
      this.#versions.set(key, { version, at });
      if (at > (this.#newest ?? '')) this.#newest = at;
    }
    this.#forget();
  }

  get state(): ChangesState {
    const versions = Object.fromEntries([...this.#versions].map(([id, { version }]) => [id, version]));
    return { ...(this.#newest === undefined ? {} : { newest: this.#newest }), versions };
  }

  /** What is included stands in no order of time: it counts with what has come so far. */
  #versionOf({ resource, search }: BundleEntry): { key: string; version: string; at: string } {
    const { resourceType, id = '', meta } = resource as FhirResource;
    const version = meta?.versionId ?? '';
    if (search?.mode === 'include') return { key: `${resourceType}/${id}`, version, at: this.#newest ?? '' };
    return { key: id, version, at: meta?.lastUpdated ?? '' };
  }

  #forget(): void {
    const from = this.#newest === undefined ? '' : earlier(this.#newest);
    this.#versions = new Map([...this.#versions].filter(([, { at }]) => at >= from));
  }
}

function earlier(instant: string): string {
  return new Date(Date.parse(instant) - overlapMs).toISOString();
}
