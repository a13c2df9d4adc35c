import type { Session } from '#postgres';
import type { Incoming } from './incoming.js';

/**
 * Why an event waits for an operator. `gap`: the event before it never came; `held`: the event before it is parked. These two
 * go on by themselves as soon as they are the next one.
 */
export type ParkReason = 'malformed' | 'unprocessable' | 'failed' | 'gap' | 'held';

export type LetterState = 'parked' | 'replayed' | 'discarded';

/** A dead letter without its content: what may be listed and logged. */
export interface DeadLetter {
  id: string;
  consumer: string;
  eventId: string;
  subject: string;
  eventType: string | null;
  /** `Task/1` */
  resource: string | null;
  sequence: number | null;
  reason: ParkReason;
  /** Codes and element paths, never a message. */
  detail: string;
  deliveries: number;
  firstSeen: Date;
  parkedAt: Date;
  state: LetterState;
  settledAt: Date | null;
}

export const letterColumns = `id, consumer, event_id AS "eventId", subject, event_type AS "eventType", resource, sequence,
  reason, detail, deliveries, first_seen AS "firstSeen", parked_at AS "parkedAt", state, settled_at AS "settledAt"`;

export interface Parking {
  consumer: string;
  reason: ParkReason;
  detail: string;
}

/** Puts an event aside with its exact text; an event that lies there already stays as it is. */
export async function park(tx: Session, incoming: Incoming, { consumer, reason, detail }: Parking): Promise<void> {
  const { event, resource, subject, deliveries, text } = incoming;
  await tx.query({
    text: `
      INSERT INTO dead_letter
        (consumer, event_id, subject, event_type, resource, sequence, reason, detail, deliveries, first_seen, event)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
        coalesce((SELECT first_seen FROM attempt WHERE consumer = $1 AND event_id::text = $2), now()), $10)
      ON CONFLICT (consumer, event_id) DO NOTHING`,
    values: [consumer, event.id, subject, event.type, resource, event.sequence, reason, detail, deliveries, text],
  });
}

export interface Malformed {
  consumer: string;
  eventId: string;
  subject: string;
  deliveries: number;
  text: string;
}

/** Puts aside what is no event at all: it has no place in any order and holds nothing back. */
export async function parkMalformed(session: Session, letter: Malformed): Promise<void> {
  await session.query({
    text: `
      INSERT INTO dead_letter (consumer, event_id, subject, reason, detail, deliveries, first_seen, event)
      VALUES ($1, $2, $3, 'malformed', 'not a CloudEvent of Ginnel', $4, now(), $5)
      ON CONFLICT (consumer, event_id) DO NOTHING`,
    values: [letter.consumer, letter.eventId, letter.subject, letter.deliveries, letter.text],
  });
}

/** Is an earlier event of this resource parked? Then this one must wait behind it. */
export async function isHeld(tx: Session, consumer: string, { resource, event }: Incoming): Promise<boolean> {
  const [row] = await tx.query<{ held: boolean }>({
    text: `SELECT EXISTS (SELECT 1 FROM dead_letter
             WHERE consumer = $1 AND resource = $2 AND sequence < $3 AND state = 'parked') AS held`,
    values: [consumer, resource, event.sequence],
  });
  return row?.held === true;
}

/** Replayed or discarded: the letter stays as a record, its content goes. */
export async function settle(tx: Session, id: string, state: Exclude<LetterState, 'parked'>): Promise<void> {
  await tx.query({
    text: `UPDATE dead_letter SET state = $2, settled_at = now(), event = NULL WHERE id = $1`,
    values: [id, state],
  });
}

export async function markFailed(
  tx: Session,
  id: string,
  { reason, detail }: Omit<Parking, 'consumer'>,
): Promise<void> {
  await tx.query({
    text: `UPDATE dead_letter SET reason = $2, detail = $3, deliveries = deliveries + 1 WHERE id = $1`,
    values: [id, reason, detail],
  });
}

/** A letter of an event, with the text to replay; null once settled. */
export type Letter = DeadLetter & { resource: string; sequence: number; event: string | null };

export async function letterOf(
  session: Session,
  id: string,
): Promise<(DeadLetter & { event: string | null }) | undefined> {
  const [letter] = await session.query<DeadLetter & { event: string | null }>({
    text: `SELECT ${letterColumns}, event FROM dead_letter WHERE id = $1`,
    values: [id],
  });
  return letter;
}

export function isOfEvent(letter: DeadLetter & { event: string | null }): letter is Letter {
  return letter.resource !== null && letter.sequence !== null;
}

/** Letters that go on without an operator's word once they are next: those that waited, and those to be passed over. */
const goesOn = `(l.state = 'discarded' OR l.state = 'parked' AND l.reason IN ('gap', 'held'))`;

/** The letter that is its resource's next event and may go on. */
export async function nextLetter(session: Session, consumer: string, resource: string): Promise<Letter | undefined> {
  const [letter] = await session.query<Letter>({
    text: `SELECT ${letterColumns}, event FROM dead_letter l
           WHERE consumer = $1 AND resource = $2 AND ${goesOn} AND sequence = 1 +
             (SELECT sequence FROM inbox_position WHERE consumer = $1 AND resource = $2)`,
    values: [consumer, resource],
  });
  return letter;
}

/** Resources of a consumer that have such a letter. */
export async function readyResources(session: Session, consumer: string): Promise<string[]> {
  const rows = await session.query<{ resource: string }>({
    text: `SELECT DISTINCT l.resource FROM dead_letter l JOIN inbox_position p
             ON p.consumer = l.consumer AND p.resource = l.resource AND l.sequence = p.sequence + 1
           WHERE l.consumer = $1 AND ${goesOn}`,
    values: [consumer],
  });
  return rows.map(({ resource }) => resource);
}
