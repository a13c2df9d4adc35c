import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { type Audience, everyone, FhirError, organisationsOf } from '#fhir';
import { parseSearch, type SearchQuery } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import { criteriaOf } from '../domain/criteria.js';

/** An active Subscription, and what it listens to. */
export interface Listener {
  subscription: Subscription;
  stored: Stored;
  /** Undefined where this release does not understand the criteria any more. */
  query: SearchQuery | undefined;
  reader: Audience;
}

const rememberedAtMost = 10_000;
const pageSize = 1_000;

/** Active Subscriptions, read when they are needed: one that was created a moment ago listens already. */
@Injectable()
export class FindListeners {
  /** A version never changes, so it is parsed once. */
  readonly #parsed = new Map<string, Listener>();

  constructor(private readonly store: FhirStore) {}

  /** Those for one resource type, or all. */
  async execute(type?: string): Promise<Listener[]> {
    const listeners: Listener[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.search(active(type, cursor), everyone);
      listeners.push(...page.matches.map((stored) => this.#listenerOf(stored)));
      cursor = page.next;
    } while (cursor !== undefined);
    return type === undefined ? listeners : listeners.filter(({ query }) => query?.type === type);
  }

  #listenerOf(stored: Stored): Listener {
    const key = `${stored.id}/${String(stored.version)}`;
    const known = this.#parsed.get(key);
    if (known) return known;
    if (this.#parsed.size >= rememberedAtMost) this.#parsed.clear();
    const listener = listenerOf(stored);
    this.#parsed.set(key, listener);
    return listener;
  }
}

/** Criteria begin with the type, and a string is sought by its beginning. */
function active(type: string | undefined, cursor: string | undefined): SearchQuery {
  const wanted = new URLSearchParams({ status: 'active', _count: String(pageSize) });
  if (type !== undefined) wanted.set('criteria', type);
  const { query } = parseSearch('Subscription', wanted, { lenient: false });
  return cursor === undefined ? query : { ...query, cursor };
}

function listenerOf(stored: Stored): Listener {
  const subscription = JSON.parse(stored.content) as Subscription;
  return {
    subscription,
    stored,
    query: queryOf(subscription),
    reader: [...organisationsOf(stored.audience), 'public'],
  };
}

function queryOf({ criteria }: Subscription): SearchQuery | undefined {
  try {
    return criteriaOf(criteria);
  } catch (fault) {
    if (fault instanceof FhirError) return undefined;
    throw fault;
  }
}
