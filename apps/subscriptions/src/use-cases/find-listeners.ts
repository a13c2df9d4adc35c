import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { type Audience, everyone, FhirError, organisationsOf } from '#fhir';
import { parseSearch, type SearchQuery } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import type { Content } from '../domain/backport.js';
import { type Topic, topics, topicUrl } from '../domain/topics.js';
import { wishOf } from '../domain/wish.js';

/** A Subscription whose events are counted, and what it listens to. */
export interface Listener {
  subscription: Subscription;
  stored: Stored;
  /** Absent where its criteria are a search. */
  topic?: Topic;
  /** Undefined where this release does not understand the criteria any more. */
  query: SearchQuery | undefined;
  content: Content;
  reader: Audience;
}

const rememberedAtMost = 10_000;
const pageSize = 1_000;

/**
 * Subscriptions that are on, read when they are needed: one that was created a moment ago listens already. One that has not
 * answered yet, or is paused, listens too: its notifications wait.
 */
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
      const page = await this.store.search(listening(type, cursor), everyone);
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

/** Criteria begin with the type or are a topic's address, and a string is sought by its beginning. */
function listening(type: string | undefined, cursor: string | undefined): SearchQuery {
  const wanted = new URLSearchParams({ status: 'requested,active,error', _count: String(pageSize) });
  if (type !== undefined) {
    const about = topics.filter((topic) => topic.type === type).map(topicUrl);
    wanted.set('criteria', [type, ...about].join(','));
  }
  const { query } = parseSearch('Subscription', wanted, { lenient: false });
  return cursor === undefined ? query : { ...query, cursor };
}

function listenerOf(stored: Stored): Listener {
  const subscription = JSON.parse(stored.content) as Subscription;
  const reader = readerOf(stored);
  try {
    return { subscription, stored, reader, ...wishOf(subscription) };
  } catch (fault) {
    if (fault instanceof FhirError) return { subscription, stored, reader, query: undefined, content: 'empty' };
    throw fault;
  }
}

/** As whom a Subscription's own organisation reads what it is told. */
export function readerOf({ audience }: Pick<Stored, 'audience'>): Audience {
  return [...organisationsOf(audience), 'public'];
}
