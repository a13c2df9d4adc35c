import { z } from 'zod';
import { type Audience, everyone, FhirError, ownerOf, type ResourceId, type ServiceName } from '#fhir';
import type { Stored } from '#fhir-store';
import type { Questions } from '#messaging';
import { askOwner, resolveAcross, storedList } from './read-question.js';
import { type Pointing, searchQuestionName } from './search-question.js';

const page = z.object({ matches: storedList, next: z.string().optional() });

/**
 * What other services hold at this moment, asked of them for a rule of this one. Slower than a followed copy and never behind
 * it: for what must not be told short. An owner that does not answer fails the whole, to be tried again.
 */
export class OwnersRecords {
  readonly #resolve: (ids: ResourceId[], reader: Audience, contentAtMost?: number) => Promise<Stored[]>;

  constructor(private readonly questions: Questions) {
    this.#resolve = resolveAcross(questions);
  }

  /** Those of the named resources that the reader may see; deleted ones are left out. */
  read(ids: ResourceId[], reader: Audience): Promise<Stored[]> {
    return this.#resolve(ids, reader);
  }

  /**
   * The same of many, which are more than an answer can carry: each service gives so many bytes of content, in the order of the
   * ids and of its first one always; the rest come with an empty content. With 0 they all do.
   */
  readUpTo(contentAtMost: number, ids: ResourceId[], reader: Audience): Promise<Stored[]> {
    return this.#resolve(ids, reader, contentAtMost);
  }

  /** This very version of a resource, as its service committed it. */
  async version(owner: ServiceName, id: ResourceId & { version: number }): Promise<Stored> {
    const [stored] = await askOwner(this.questions, owner, { ids: [id], reader: everyone });
    if (stored) return stored;
    throw FhirError.of('transient', `The ${owner} service does not know this version of a ${id.type}; try again.`);
  }

  /** All that the reader may see and that point to the resource. */
  async pointing(wanted: Pointing, reader: Audience): Promise<Stored[]> {
    const found: Stored[] = [];
    let cursor: string | undefined;
    do {
      const { matches, next } = await this.#page({ ...wanted, ...(cursor === undefined ? {} : { cursor }) }, reader);
      found.push(...matches);
      cursor = next;
    } while (cursor !== undefined);
    return found;
  }

  /** How many that the reader may see point to the resource, up to one page of them: enough to know that it is needed. */
  async countPointing(wanted: Pointing, reader: Audience): Promise<number> {
    return (await this.#page(wanted, reader)).matches.length;
  }

  async #page(wanted: Pointing & { cursor?: string }, reader: Audience) {
    const owner = ownerOf(wanted.type) ?? '';
    try {
      return page.parse(await this.questions.ask(owner, searchQuestionName, { ...wanted, reader }));
    } catch (cause) {
      throw FhirError.of('transient', `The ${owner} service does not answer just now; try again.`, { cause });
    }
  }
}
