import type { FhirResource } from 'fhir/r4';
import type { Caller } from '#auth';
import { error, everyone, FhirError, publicAudience } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import { searchParameter } from '#fhir-search';
import type { FhirStore, HeldKey, Stored, Write } from '#fhir-store';
import { actsForAll, onlyAuthor } from './authorship.js';
import { deletionOf, notDeleted } from './deletion.js';

/** What a definition says of itself. */
type Definition = FhirResource & { url?: string; version?: string; status?: string };

/**
 * A definition (Questionnaire, ValueSet, Measure …) is everybody's to read and its maker's to write. Nobody makes one under a
 * canonical that is another's: whoever names it means that one.
 */
export class DefinitionWrites extends ResourceWrites {
  override readonly clientIds = true;
  override readonly isPublic = true;

  constructor(
    readonly type: FhirResource['resourceType'],
    private readonly store: FhirStore,
    /** Canonicals, without their versions, that a programme brings: nothing that is sent stands in their place. */
    private readonly reserved: ReadonlySet<string> = new Set(),
  ) {
    super();
  }

  async create(resource: Definition, { caller }: FhirRequest): Promise<Write[]> {
    await this.#mayBear(resource, caller);
    return [{ interaction: 'create', resource, audience: publicAudience, ...this.#holds(resource) }];
  }

  async update(resource: Definition, previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    await onlyAuthor(this.store, previous, caller);
    await this.#mayBear(resource, caller);
    const { audience, version } = previous;
    return [{ interaction: 'update', resource, audience, version, ...this.#holds(resource) }];
  }

  /** What is or was in use stays for those who name it; it is retired. */
  override async delete(previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    await onlyAuthor(this.store, previous, caller);
    const { status } = JSON.parse(previous.content) as Definition;
    if (status === 'draft' || actsForAll(caller)) return [deletionOf(previous)];
    throw notDeleted(`A ${this.type} is deleted as long as it is a draft; set its status to retired instead.`);
  }

  async #mayBear(resource: Definition, caller: Caller): Promise<void> {
    const { url, version } = resource;
    if (url === undefined) return;
    if (this.reserved.has(url)) throw this.#taken('is that of a programme of Ginnel');
    for (const other of await this.#withUrl(url)) {
      if (other.id === resource.id) continue;
      await this.#mustBeOwn(other, caller);
      if (version !== undefined && (JSON.parse(other.content) as Definition).version === version)
        throw this.#taken('has a definition of this version');
    }
    if (version !== undefined) await this.#mustBeFree(this.#key(url, version), resource);
  }

  async #mustBeFree(key: string, { id }: Definition): Promise<void> {
    const holder = await this.store.holderOf(key);
    if (!holder || holder.deleted || holder.id === id) return;
    throw this.#taken('had a definition of this version, which bears another one now');
  }

  async #mustBeOwn(other: Stored, caller: Caller): Promise<void> {
    try {
      await onlyAuthor(this.store, other, caller);
    } catch (thrown) {
      if (!(thrown instanceof FhirError)) throw thrown;
      throw this.#taken('was given to a definition of another organisation');
    }
  }

  #taken(why: string): FhirError {
    const expression = `${this.type}.url`;
    return new FhirError([
      error('duplicate', `This canonical ${why}; choose another, or another version.`, expression),
    ]);
  }

  /** Between two at the same moment the key decides. */
  #holds({ url, version }: Definition): { holds: HeldKey[] } | undefined {
    return url === undefined || version === undefined ? undefined : { holds: [{ key: this.#key(url, version) }] };
  }

  #key(url: string, version: string): string {
    return `canonical|${this.type}|${url}|${version}`;
  }

  async #withUrl(url: string): Promise<Stored[]> {
    const parameter = searchParameter(this.type, 'url');
    if (!parameter) return [];
    const query = {
      type: this.type,
      criteria: [{ parameter, values: [{ type: 'uri' as const, value: url }] }],
      includes: [],
      sort: [],
      count: 1000,
      total: 'none' as const,
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, everyone)).matches;
  }
}
