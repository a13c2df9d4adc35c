import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import { type CloudEvent, laneOf, subjectResource } from '#events';
import { organisationsOf, sees, stringifyJson } from '#fhir';
import { FhirStore, personsIn, type Stored } from '#fhir-store';
import { matches } from '#fhir-search';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { hasEnded } from '../domain/subscription-rules.js';
import { isTriggeredBy } from '../domain/topics.js';
import { takeTurn } from './delivery-turn.js';
import { FindListeners, type Listener } from './find-listeners.js';

/** For each Subscription that an event concerns, a notification is to be sent. */
@Injectable()
export class QueueNotifications {
  constructor(
    private readonly findListeners: FindListeners,
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {}

  /** Whether any Subscription waits for it: asked before it is queued, and again where it comes again. */
  async concerns(event: CloudEvent): Promise<boolean> {
    const inReach = await this.#inReach(event, this.platform.now());
    const unsaid = inReach.filter((listener) => isUnsaid(listener, event));
    if (unsaid.length > 0) this.#skipped().inc({ type: subjectResource(event.subject).type }, unsaid.length);
    return inReach.some((listener) => isMeant(listener, event));
  }

  async execute(event: CloudEvent, tx: Session): Promise<void> {
    const now = this.platform.now();
    const concerned = (await this.#inReach(event, now)).filter((listener) => isMeant(listener, event));
    if (concerned.length === 0) return;
    const fact = factOf(event);
    const allowed = await this.#notWithheld(concerned, fact, tx);
    if (allowed.length > 0) await queue(allowed, { ...fact, event, tx, now });
  }

  /** Those that hear of this type, and may read what it is about. */
  async #inReach(event: CloudEvent, now: Date): Promise<Listener[]> {
    const { type } = subjectResource(event.subject);
    const audience = event.audience.split(',');
    const listeners = await this.findListeners.execute(type);
    return listeners.filter(({ reader, subscription }) => sees(reader, audience) && !hasEnded(subscription, now));
  }

  /** The event may be older than a Consent that is known here. */
  async #notWithheld(listeners: readonly Listener[], { persons }: Fact, tx: Session): Promise<Listener[]> {
    const organisations = organisationsOf(listeners.flatMap(({ stored }) => stored.audience));
    const withheld = new Set(await this.store.withholdings.among(organisations, persons, tx));
    return listeners.filter(({ stored }) => !organisationsOf(stored.audience).some((one) => withheld.has(one)));
  }

  #skipped() {
    return this.platform.metrics.counter({
      name: 'ginnel_notifications_skipped_total',
      help: 'Events without their resource, of which nobody can say whether they meet the criteria of a Subscription.',
      labels: ['type'],
    });
  }
}

function isMeant({ query, topic }: Listener, { type, data }: CloudEvent): boolean {
  if (query === undefined || (topic && !isTriggeredBy(topic, type))) return false;
  return data === undefined ? query.criteria.length === 0 : matches(query, data as FhirResource);
}

/** A deletion has no resource that could be compared with parameters. */
function isUnsaid({ query, topic }: Listener, { type, data }: CloudEvent): boolean {
  if (query === undefined || (topic && !isTriggeredBy(topic, type))) return false;
  return data === undefined && query.criteria.length > 0;
}

/** What is told, and whom it is about. */
interface Fact {
  payload: string | null;
  persons: readonly string[];
  lane: string;
}

function factOf({ data, subject }: CloudEvent): Fact {
  const focus = subjectResource(subject);
  const lane = laneOf(focus, data as FhirResource | undefined);
  if (data === undefined) return { payload: null, persons: [], lane };
  const content = stringifyJson(data);
  const named: Pick<Stored, 'type' | 'id' | 'content'> = { ...focus, content };
  return { payload: content, persons: personsIn(named), lane };
}

/** Each gets the next number of its Subscription; who is behind another of its lane waits without a time. */
async function queue(
  listeners: readonly Listener[],
  { event, payload, persons, lane, tx, now }: Fact & { event: CloudEvent; tx: Session; now: Date },
): Promise<void> {
  const ids = listeners.map(({ stored }) => stored.id);
  const withPayload = listeners.map(({ content }) => content === 'full-resource');
  const { type, id, version } = subjectResource(event.subject);
  await takeTurn(ids, tx);
  await tx.query({
    name: 'delivery-queue',
    // An event without its resource goes where the last pending one about it is.
    text: `
      WITH listener AS (
        SELECT l.id, l.with_payload FROM unnest($1::text[], $2::boolean[]) AS l (id, with_payload)
        WHERE NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.subscription_id = l.id AND d.event_id = $3::uuid)),
      counted AS (
        INSERT INTO channel AS c (subscription_id, events) SELECT id, 1 FROM listener ORDER BY id
        ON CONFLICT (subscription_id) DO UPDATE SET events = c.events + 1 RETURNING subscription_id, events),
      placed AS (
        SELECT l.id, l.with_payload, counted.events AS number, coalesce((
          SELECT p.lane FROM delivery AS p WHERE p.subscription_id = l.id AND p.state = 'pending'
            AND p.focus_type = $8::text AND p.focus_id = $9::text ORDER BY p.id DESC LIMIT 1), $12::text) AS lane
        FROM listener AS l JOIN counted ON counted.subscription_id = l.id)
      INSERT INTO delivery (subscription_id, event_id, correlation_id, payload, persons, created_at, due_at, number, lane,
        focus_type, focus_id, focus_version, focus_deleted, event_at)
      SELECT id, $3::uuid, $4::text, CASE WHEN with_payload THEN $5::text END, $7::text[], $6::timestamptz,
        CASE WHEN EXISTS (SELECT 1 FROM delivery AS p WHERE p.subscription_id = placed.id AND p.lane = placed.lane
                          AND p.state = 'pending') THEN NULL ELSE $6::timestamptz END,
        number, lane, $8::text, $9::text, $10::int, $11::boolean, $13::timestamptz
      FROM placed`,
    values: [
      ...[ids, withPayload, event.id, event.correlationid, payload, now, persons, type, id, version],
      ...[event.type.endsWith('-deleted.v1'), lane, event.time],
    ],
  });
}
