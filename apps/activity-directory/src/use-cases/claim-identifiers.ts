import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import type { Caller } from '#auth';
import { error, everyone, FhirError } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import {
  newRoutingIdentifiers,
  type RoutingIdentifier,
  routingIdentifiersOf,
  routingKeysOf,
} from '../domain/routing-identifiers.js';

/** Who may bear an identifier that routes referrals: nobody gives it to himself, and nobody bears what is another's. */
@Injectable()
export class ClaimIdentifiers {
  constructor(private readonly store: FhirStore) {}

  /** The once-only keys of a write; throws where the caller may not make it or another entry bears the identifier. */
  async execute(resource: FhirResource, before: FhirResource | undefined, caller: Caller): Promise<string[]> {
    if (caller.role !== 'integrator') refuseChange(resource, before);
    const claimed = newRoutingIdentifiers(resource, before);
    for (const identifier of claimed) await this.#mustBeFree(resource, identifier);
    return [...new Set(claimed.map(({ key }) => key))];
  }

  /** The key decides between two at the same moment; here the later one is told why. */
  async #mustBeFree({ resourceType }: FhirResource, { key, value, expression }: RoutingIdentifier): Promise<void> {
    const isTaken = (await this.store.wasUsed(key)) || (await this.#isBorne(resourceType, { key, value }));
    if (!isTaken) return;
    throw FhirError.of(
      'duplicate',
      'This identifier routes referrals and was given to an entry of the directory before; it is given once.',
      { expression },
    );
  }

  async #isBorne(type: string, { key, value }: { key: string; value: string }): Promise<boolean> {
    const parameter = searchParameter(type, 'identifier');
    if (!parameter) return false;
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: [{ type: 'token', value }] }],
      includes: [],
      sort: [],
      count: 1000,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches } = await this.store.search(query, everyone);
    return matches.some(({ content }) => routingKeysOf(JSON.parse(content) as FhirResource).includes(key));
  }
}

function refuseChange(resource: FhirResource, before: FhirResource | undefined): void {
  const [added] = newRoutingIdentifiers(resource, before);
  const [removed] = before === undefined ? [] : newRoutingIdentifiers(before, resource);
  if (!added && !removed) return;
  const [borne] = routingIdentifiersOf(resource);
  const expression = added?.expression ?? borne?.expression ?? `${resource.resourceType}.identifier`;
  const diagnostics = 'An identifier that routes referrals is given and taken by an integrator only.';
  throw new FhirError([error('forbidden', diagnostics, expression)]);
}
