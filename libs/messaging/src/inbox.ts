import type { Database, Session } from '#postgres';

/** Where an event stands among a consumer's: which consumer, which event, which place in its resource's order. */
export interface Place {
  consumer: string;
  eventId: string;
  resource: string;
  sequence: number;
}

export interface Step {
  /** The event was the next one of its resource; its resource's position is now its own, and locked. */
  advanced: boolean;
  /** The event was never dealt with before. */
  fresh: boolean;
  /** Its resource was erased for good: nothing about it is remembered, and nothing is done. */
  erased: boolean;
  /** The event after this one waits among the letters. */
  nextWaits: boolean;
}

/** Takes the event's place: moves the position if it is the next one, and remembers the event. */
export async function advance(session: Session, place: Place): Promise<Step> {
  const [step] = await session.query<Step>({
    name: 'inbox-advance',
    text: 'SELECT advanced, fresh, is_erased AS erased, next_waits AS "nextWaits" FROM inbox_advance($1, $2, $3, $4)',
    values: [place.consumer, place.resource, place.sequence, place.eventId],
  });
  return step ?? { advanced: false, fresh: false, erased: false, nextWaits: false };
}

/** The same for several, one after another as they stand here. */
export async function advanceAll(session: Session, places: readonly Place[]): Promise<Step[]> {
  return session.query<Step>({
    name: 'inbox-advance-all',
    text: `SELECT a.advanced, a.fresh, a.is_erased AS erased, a.next_waits AS "nextWaits"
      FROM (SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::uuid[])
              WITH ORDINALITY AS u (consumer, resource, sequence, event_id, at) ORDER BY at) AS p,
        LATERAL inbox_advance(p.consumer, p.resource, p.sequence, p.event_id) AS a ORDER BY p.at`,
    values: [
      places.map(({ consumer }) => consumer),
      places.map(({ resource }) => resource),
      places.map(({ sequence }) => sequence),
      places.map(({ eventId }) => eventId),
    ],
  });
}

/** The last sequence dealt with, locked until the transaction ends; 0 where the resource was never heard of. */
export async function lockPosition(
  tx: Session,
  { consumer, resource }: Pick<Place, 'consumer' | 'resource'>,
): Promise<number> {
  const [row] = await tx.query<{ sequence: number }>({
    name: 'inbox-lock',
    text: `
      INSERT INTO inbox_position AS p (consumer, resource, sequence) VALUES ($1, $2, 0)
      ON CONFLICT (consumer, resource) DO UPDATE SET sequence = p.sequence RETURNING p.sequence`,
    values: [consumer, resource],
  });
  return row?.sequence ?? 0;
}

/** Moves a locked position, so that the event after it is the next one. */
export async function setPosition(
  tx: Session,
  { consumer, resource, sequence }: Omit<Place, 'eventId'>,
): Promise<void> {
  await tx.query({
    text: 'UPDATE inbox_position SET sequence = $3 WHERE consumer = $1 AND resource = $2',
    values: [consumer, resource, sequence],
  });
}

/** Notes that a redelivered event is tried, before it is: an event that ends the process is counted too. */
export async function noteAttempt(database: Database, { consumer, eventId }: Place): Promise<number> {
  const [row] = await database.as(['*']).query<{ attempts: number }>({
    text: `
      INSERT INTO attempt AS a (consumer, event_id, attempts) VALUES ($1, $2, 1)
      ON CONFLICT (consumer, event_id) DO UPDATE SET attempts = a.attempts + 1 RETURNING attempts`,
    values: [consumer, eventId],
  });
  return row?.attempts ?? 1;
}

export async function forgetAttempts(session: Session, { consumer, eventId }: Place): Promise<void> {
  await session.query({
    text: 'DELETE FROM attempt WHERE consumer = $1 AND event_id = $2',
    values: [consumer, eventId],
  });
}

/** Whether events were already gone from the stream when this consumer was made; noted once. */
export async function noteStart(database: Database, consumer: string, trimmed: boolean): Promise<void> {
  await database.as(['*']).query({
    text: 'INSERT INTO consumer_start (consumer, trimmed) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    values: [consumer, trimmed],
  });
}

export async function beganTrimmed(session: Session, consumer: string): Promise<boolean> {
  const [row] = await session.query<{ trimmed: boolean }>({
    text: 'SELECT trimmed FROM consumer_start WHERE consumer = $1',
    values: [consumer],
  });
  return row?.trimmed === true;
}

/** Forgets all that this consumer did, so that every event has its effect again: only for copies that can be made anew. */
export async function forgetConsumer(tx: Session, consumer: string): Promise<void> {
  for (const table of ['inbox', 'inbox_position', 'attempt', 'dead_letter', 'consumer_start']) {
    await tx.query({ text: `DELETE FROM ${table} WHERE consumer = $1`, values: [consumer] });
  }
}

/** Forgets event ids received before this time. Positions stay, so an old event that comes again has still no effect. */
export async function pruneInbox(database: Database, olderThan: Date): Promise<number> {
  const [counted] = await database.as(['*']).query<{ events: number }>({
    text: `WITH gone AS (DELETE FROM inbox WHERE received_at < $1 RETURNING 1) SELECT count(*)::int AS events FROM gone`,
    values: [olderThan],
  });
  return counted?.events ?? 0;
}
