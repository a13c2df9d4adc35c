import { Injectable } from '@nestjs/common';
import type { FhirResource, ServiceRequest } from 'fhir/r4';
import { type Audience, FhirError, isReadWith, ownerOf, parseJson, resourceIdOf } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import { OwnersRecords } from '#service';
import { embed, type MessageLinks } from '../../domain/embed.js';

/** The referral that a message speaks of. */
export interface SpokenOf {
  /** Id of its Patient. */
  person: string;
  request: ServiceRequest | undefined;
  /** Of the Task or ServiceRequest that the message is about. */
  audience: Audience;
  reader: Audience;
}

/** The ids of what a message brings, as it is settled with them. */
export interface SettledParts {
  ids: ReadonlyMap<FhirResource, string>;
  links: MessageLinks;
  /** What is here already. */
  repeated: ReadonlySet<FhirResource>;
}

/** So far a part may name a part that names a part: a CarePlan its Flags. */
const roundsAtMost = 5;
const ofOneType = 200;

/**
 * What an answer or an update says again: senders repeat the parts of the message before. What is here with the same content, for
 * the same person and the same readers, is that record; what says anything else is a record of its own.
 */
@Injectable()
export class RepeatedParts {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
  ) {}

  async execute(
    parts: readonly FhirResource[],
    { ids, links }: Pick<SettledParts, 'ids' | 'links'>,
    spokenOf: SpokenOf,
  ): Promise<SettledParts> {
    const here = byText(await this.#recordsFor(parts, spokenOf));
    const found = new Map<FhirResource, Stored>();
    let settled = { ids, links };
    for (let round = 0; round < roundsAtMost; round++) {
      const before = found.size;
      for (const part of parts.filter((one) => !found.has(one))) {
        // Two that say the same are two.
        const same = here.get(textOf(embed(part, settled.links)))?.shift();
        if (same) found.set(part, same);
      }
      if (found.size === before) break;
      settled = settledWith(found, { ids, links });
    }
    return { ...settled, repeated: new Set(found.keys()) };
  }

  /** The person's records of these types that everybody sees who sees the referral. */
  async #recordsFor(parts: readonly FhirResource[], spokenOf: SpokenOf): Promise<Stored[]> {
    const types = [...new Set(parts.map(({ resourceType }) => resourceType))];
    const own = types.filter((type) => ownerOf(type) === 'referral');
    const found = await Promise.all([
      this.#namedBy(spokenOf),
      ...own.map((type) => this.#ofPerson(type, spokenOf)),
      ...types.filter((type) => !own.includes(type)).map((type) => this.#handedOver(type, spokenOf)),
    ]);
    const distinct = new Map(found.flat().map((one) => [`${one.type}/${one.id}`, one]));
    const isRead = ({ deleted, audience }: Stored): boolean => !deleted && isReadWith(spokenOf.audience, audience);
    return [...distinct.values()].filter(isRead);
  }

  /** What is about a thing is named by the referral alone. */
  async #namedBy({ request, reader }: SpokenOf): Promise<Stored[]> {
    const named = (request?.supportingInfo ?? []).flatMap((one) => resourceIdOf(one) ?? []);
    return this.store.readMany(
      named.filter(({ type }) => ownerOf(type) === 'referral'),
      reader,
    );
  }

  async #ofPerson(type: string, { person, reader }: SpokenOf): Promise<Stored[]> {
    const parameter = searchParameter(type, 'patient');
    if (!parameter) return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: [{ type: 'reference', value: `Patient/${person}` }] }],
      includes: [],
      sort: [],
      count: ofOneType,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, reader)).matches;
  }

  /** While their service does not answer none is known: a message is not refused for that. */
  async #handedOver(type: string, { request, reader }: SpokenOf): Promise<Stored[]> {
    const reference = `ServiceRequest/${request?.id ?? ''}`;
    try {
      return await this.owners.pointing({ type, parameter: 'based-on', reference }, reader);
    } catch (thrown) {
      if (thrown instanceof FhirError) return [];
      throw thrown;
    }
  }
}

function settledWith(
  found: ReadonlyMap<FhirResource, Stored>,
  { ids, links }: Pick<SettledParts, 'ids' | 'links'>,
): Pick<SettledParts, 'ids' | 'links'> {
  const known = [...found].map(([part, { id }]) => [part, id] as const);
  const stored = [...found].map(([part, { type, id }]) => [part, `${type}/${id}`] as const);
  return {
    ids: new Map([...ids, ...known]),
    links: { ...links, stored: new Map([...links.stored, ...stored]) },
  };
}

function byText(records: readonly Stored[]): ReadonlyMap<string, Stored[]> {
  const found = new Map<string, Stored[]>();
  for (const one of records) {
    const text = textOf(parseJson(one.content) as FhirResource);
    found.set(text, [...(found.get(text) ?? []), one]);
  }
  return found;
}

/**
 * What a resource says, in one order: without what the store sets, or the sender's. Where answers and observations hang was
 * settled by the service that they were handed to.
 */
function textOf(resource: FhirResource): string {
  const settled = ownerOf(resource.resourceType) === 'referral' ? ['id', 'meta'] : ['id', 'meta', 'basedOn', 'subject'];
  const said = Object.entries(resource).filter(([element]) => !settled.includes(element));
  return JSON.stringify(Object.fromEntries(said), (_, value: unknown) => inOneOrder(value));
}

function inOneOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
