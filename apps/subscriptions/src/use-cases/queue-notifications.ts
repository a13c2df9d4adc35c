import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import { type CloudEvent, subjectResource } from '#events';
import { organisationsOf, sees, stringifyJson } from '#fhir';
import { FhirStore, personsIn, type Stored } from '#fhir-store';
import { matches } from '#fhir-search';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { hasEnded } from '../domain/subscription-rules.js';
import { FindListeners, type Listener } from './find-listeners.js';

/** For each Subscription that an event concerns, a notification is to be sent. */
@Injectable()
export class QueueNotifications {
  constructor(
    private readonly findListeners: FindListeners,
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {}

  async execute(event: CloudEvent, tx: Session): Promise<void> {
    const { type } = subjectResource(event.subject);
    const audience = event.audience.split(',');
    const now = this.platform.now();
    const listeners = await this.findListeners.execute(type);
    const concerned = listeners
      .filter(({ reader, subscription }) => sees(reader, audience) && !hasEnded(subscription, now))
      .filter((listener) => this.#isMeant(listener, event));
    if (concerned.length === 0) return;
    const fact = factOf(event);
    const allowed = await this.#notWithheld(concerned, fact, tx);
    if (allowed.length > 0) await queue(allowed, { ...fact, event, tx, now });
  }

  /** The event may be older than a Consent that is known here. */
  async #notWithheld(listeners: readonly Listener[], { persons }: Fact, tx: Session): Promise<Listener[]> {
    const organisations = organisationsOf(listeners.flatMap(({ stored }) => stored.audience));
    const withheld = new Set(await this.store.withholdings.among(organisations, persons, tx));
    return listeners.filter(({ stored }) => !organisationsOf(stored.audience).some((one) => withheld.has(one)));
  }

  /** An event without its resource (too large, or a deletion) cannot be compared with parameters. */
  #isMeant({ query }: Listener, { data, subject }: CloudEvent): boolean {
    if (query === undefined) return false;
    if (data !== undefined) return matches(query, data as FhirResource);
    if (query.criteria.length === 0) return true;
    this.#skipped().inc({ type: subjectResource(subject).type });
    return false;
  }

  #skipped() {
    return this.platform.metrics.counter({
      name: 'ginnel_notifications_skipped_total',
      help: 'Events without their resource, of which nobody can say whether they meet the criteria of a Subscription.',
      labels: ['type'],
    });
  }
}

/** What is told, and whom it is about. */
interface Fact {
  payload: string | null;
  persons: readonly string[];
}

function factOf({ data, subject }: CloudEvent): Fact {
  if (data === undefined) return { payload: null, persons: [] };
  const content = stringifyJson(data);
  const named: Pick<Stored, 'type' | 'id' | 'content'> = { ...subjectResource(subject), content };
  return { payload: content, persons: personsIn(named) };
}

/**
 * Two events of one Subscription take turns until commit: their ids, which are the order of sending, are given in the order in
 * which they become visible. Locks are taken in one order, so that two events of two Subscriptions cannot wait for each other.
 */
async function queue(
  listeners: readonly Listener[],
  { event, payload, persons, tx, now }: Fact & { event: CloudEvent; tx: Session; now: Date },
): Promise<void> {
  const ids = listeners.map(({ stored }) => stored.id);
  const withPayload = listeners.map(({ subscription }) => subscription.channel.payload !== undefined);
  await tx.query({
    name: 'delivery-turn',
    text: `SELECT pg_advisory_xact_lock(key)
           FROM (SELECT DISTINCT hashtextextended(id, 0) AS key FROM unnest($1::text[]) AS id ORDER BY 1) AS turn`,
    values: [ids],
  });
  await tx.query({
    name: 'delivery-queue',
    text: `INSERT INTO delivery (subscription_id, event_id, correlation_id, payload, persons, created_at, due_at)
           SELECT id, $3::uuid, $4::text, CASE WHEN with_payload THEN $5::text END, $7::text[], $6::timestamptz, $6::timestamptz
           FROM unnest($1::text[], $2::boolean[]) AS listener (id, with_payload)
           ON CONFLICT (subscription_id, event_id) DO NOTHING`,
    values: [ids, withPayload, event.id, event.correlationid, payload, now, persons],
  });
}
