import { Injectable } from '@nestjs/common';
import type { Appointment, Identifier, Task } from 'fhir/r4';
import { type Audience, idIn, normaliseIdentifierSystem, parseJson } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import type { ResourceNames } from '../../domain/bars/index.js';
import { spellingsOf } from '../../domain/message-identifier.js';
import { referralReferenceSystem } from '../../domain/referral-reference.js';

/** What a message may name that is here, as far as its sender sees it: by an id, or by a business identifier in any spelling. */
@Injectable()
export class NamedRecords {
  constructor(private readonly store: FhirStore) {}

  async withId(type: string, id: string | undefined, reader: Audience): Promise<Stored | undefined> {
    const stored = id === undefined ? undefined : await this.store.read(type, id, reader);
    return stored?.deleted === false ? stored : undefined;
  }

  async withIds(type: string, ids: readonly string[], reader: Audience): Promise<Stored[]> {
    const wanted = ids.map((id) => ({ type, id }));
    return this.store.readMany(wanted, reader);
  }

  /** The ServiceRequests that are named: by an id here, otherwise those that bear each of the identifiers. */
  async serviceRequests({ ids, identifiers }: ResourceNames, reader: Audience): Promise<Stored[][]> {
    const byId = await this.#first('ServiceRequest', ids, reader);
    if (byId) return byId.deleted ? [] : [[byId]];
    const named: Stored[][] = [];
    for (const identifier of identifiers) named.push(await this.#asked(identifier, reader));
    return named;
  }

  /** The Appointment that is named; of several that bear an identifier, the only one that is to take place. */
  async appointment({ ids, identifiers }: ResourceNames, reader: Audience): Promise<Stored | undefined> {
    let found = await this.#first('Appointment', ids, reader);
    for (const identifier of identifiers) found ??= theOnly(await this.bearing('Appointment', identifier, reader));
    return found?.deleted === false ? found : undefined;
  }

  async bearing(type: string, { system, value }: Identifier, reader: Audience): Promise<Stored[]> {
    const parameter = searchParameter(type, 'identifier');
    if (!parameter || value === undefined) return [];
    // As it was sent, and as a message's own are kept.
    const systems = system === undefined ? [{}] : [{ system }, { system: normaliseIdentifierSystem(system) }];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: systems.map((one) => ({ type: 'token', value, ...one })) }],
      includes: [],
      sort: [],
      count: 50,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, reader)).matches;
  }

  async #first(type: string, ids: readonly string[], reader: Audience): Promise<Stored | undefined> {
    let found: Stored | undefined;
    for (const id of ids.flatMap(spellingsOf)) found ??= await this.store.read(type, id, reader);
    return found;
  }

  /** The ServiceRequests of the referral with this reference, which may have been reopened, or those that bear this identifier. */
  async #asked(identifier: Identifier, reader: Audience): Promise<Stored[]> {
    const isReference = identifier.system === referralReferenceSystem;
    const tasks = isReference ? await this.bearing('Task', identifier, reader) : [];
    const ids = tasks.flatMap(({ content }) => idIn((parseJson(content) as Task).focus, 'ServiceRequest') ?? []);
    const requests = await this.withIds('ServiceRequest', ids, reader);
    return requests.length > 0 ? requests : this.bearing('ServiceRequest', identifier, reader);
  }
}

function theOnly(found: readonly Stored[]): Stored | undefined {
  const ended: readonly Appointment['status'][] = ['cancelled', 'entered-in-error', 'fulfilled', 'noshow'];
  const open = found.filter(({ content }) => !ended.includes((parseJson(content) as Appointment).status));
  const [only, ...others] = open.length > 0 ? open : found;
  return others.length === 0 ? only : undefined;
}
