import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { type Audience, everyone, FhirError, organisationsOf } from '#fhir';
import { parseSearch, type SearchQuery } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import type { Content } from '../domain/backport.js';
import type { Topic } from '../domain/topics.js';
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

const pageSize = 1_000;

/**
 * Subscriptions that are on, read again whenever one was changed: one that was created a moment ago listens already. One that
 * has not answered yet, or is paused, listens too: its notifications wait.
 */
@Injectable()
export class FindListeners {
  #known: { state: string; listeners: readonly Listener[] } = { state: '', listeners: [] };

  #asking: Promise<string> | undefined;

  constructor(private readonly store: FhirStore) {}

  /** Those for one resource type, or all. */
  async execute(type?: string): Promise<readonly Listener[]> {
    // Asked before they are read: what is written in between is read now or, with the next question, again.
    const state = await this.#state();
    if (state !== this.#known.state) this.#known = { state, listeners: await this.#read(this.#known.listeners) };
    const { listeners } = this.#known;
    return type === undefined ? listeners : listeners.filter(({ query }) => query?.type === type);
  }

  /** What is asked for within one turn of the event loop is one question. */
  #state(): Promise<string> {
    this.#asking ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
      this.#asking = undefined;
      return this.store.stateOf('Subscription');
    });
    return this.#asking;
  }

  /** A version never changes, so it is parsed once. */
  async #read(known: readonly Listener[]): Promise<Listener[]> {
    const parsed = new Map(known.map((listener) => [keyOf(listener.stored), listener]));
    const listeners: Listener[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.search(listening(cursor), everyone);
      listeners.push(...page.matches.map((stored) => parsed.get(keyOf(stored)) ?? listenerOf(stored)));
      cursor = page.next;
    } while (cursor !== undefined);
    return listeners;
  }
}

function keyOf({ id, version }: Stored): string {
  return `${id}/${String(version)}`;
}

/** By id, so that none that is written meanwhile goes to another page. */
function listening(cursor: string | undefined): SearchQuery {
  const wanted = new URLSearchParams({ status: 'requested,active,error', _sort: '_id', _count: String(pageSize) });
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
