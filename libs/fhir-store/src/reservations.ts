import { randomUUID } from 'node:crypto';
import { everyone, FhirError, parseJson, type ResourceId, type ServiceName, stringifyJson } from '#fhir';
import type { Database, Session } from '#postgres';
import { plannedCommit } from './commit.js';
import { asConflict } from './conflict.js';
import { personsOfWrites } from './persons.js';
import { giveBackKeys, takeKeys, type TakenKey } from './reserved-keys.js';
import { placeVersion, rereadVersions, reserveRows, resourceOf, unreserveRows } from './reserved-rows.js';
import type { Act, Stored, Write } from './stored.js';

/** A service's part of a transaction across services: planned, and not yet written. */
export interface Reservation {
  /** Id of the transaction. */
  transaction: string;
  /** The service that decides, and that is asked what it decided. */
  coordinator: ServiceName;
  /** Each bears its id: `withIds`. */
  writes: readonly Write[];
  act: Act;
  /** What the coordinator is answered, kept for the case that it asks again. */
  answer: string;
}

/** A reservation of which this service does not know yet what was decided. */
export interface OpenReservation {
  transaction: string;
  coordinator: ServiceName;
}

export interface ReservationParts {
  database: Database;
  commit: (writes: readonly Write[], act: Act, session: Session) => Promise<Stored[]>;
  now: () => Date;
  /** After a commit of its own: wakes the relay. */
  onCommitted: () => void;
}

/**
 * What this service holds for transactions across services. While it is reserved nobody else writes it; it is let go only
 * by the coordinator's decision, never by a clock. Every step may be asked for again and then changes nothing.
 */
export class Reservations {
  constructor(private readonly parts: ReservationParts) {}

  /**
   * Sets aside all that the writes need, so that applying them cannot fail. Throws, and holds nothing, where it is not to be
   * had. The answer is that of the first asking.
   */
  async reserve(reservation: Reservation): Promise<string> {
    try {
      return await this.parts.database.transaction(everyone, (tx) => this.#reserve(reservation, tx));
    } catch (error) {
      throw asConflict(error, duplicable(reservation));
    }
  }

  /** Writes what was reserved; within `session` where the decision is committed with it. */
  async apply(transaction: string, session?: Session): Promise<Stored[]> {
    if (session) return this.#apply(transaction, session);
    const stored = await this.parts.database.transaction(everyone, (tx) => this.#apply(transaction, tx));
    this.parts.onCommitted();
    return stored;
  }

  /** Lets go what was reserved. One that comes later under this transaction is refused: it was given up. */
  async release(transaction: string): Promise<void> {
    await this.parts.database.transaction(everyone, (tx) => this.#release(transaction, tx));
  }

  /** Reservations that have waited since before this time, the oldest first. */
  async open(before: Date): Promise<OpenReservation[]> {
    return this.parts.database.as(everyone).query<OpenReservation>({
      name: 'open-reservations',
      text: `SELECT transaction, coordinator FROM reservation
             WHERE state = 'reserved' AND reserved_at <= $1 ORDER BY reserved_at LIMIT 100`,
      values: [before],
    });
  }

  /** Forgets what was settled before this time. */
  async prune(before: Date): Promise<void> {
    await this.parts.database.as(everyone).query({
      name: 'prune-reservations',
      text: `DELETE FROM reservation WHERE settled_at < $1`,
      values: [before],
    });
  }

  async #reserve(reservation: Reservation, tx: Session): Promise<string> {
    const { transaction, writes, act, answer } = reservation;
    const before = await this.#begin(reservation, tx);
    if (before !== undefined) return before;
    const now = this.parts.now();
    const { stored, claims } = plannedCommit(writes, { act, now });
    // In the order of every commit: keys, then the rows that are replaced, then what is new.
    const keys = await takeKeys(claims, { now, tx });
    await reserveRows(writes, transaction, tx);
    for (const version of placed(stored)) await placeVersion(version, { transaction, now, tx });
    await tx.query({
      name: 'reservation-holds',
      text: `UPDATE reservation SET keys = $2::jsonb WHERE transaction = $1`,
      values: [transaction, JSON.stringify(keys)],
    });
    return answer;
  }

  /** What was answered before, where this transaction has its reservation already. */
  async #begin(
    { transaction, coordinator, writes, act, answer }: Reservation,
    tx: Session,
  ): Promise<string | undefined> {
    const begun = await tx.query({
      name: 'reserve',
      text: `INSERT INTO reservation (transaction, coordinator, state, act, writes, answer, reserved_at)
             VALUES ($1, $2, 'reserved', $3::jsonb, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING transaction`,
      values: [transaction, coordinator, JSON.stringify(act), stringifyJson(writes), answer, this.parts.now()],
    });
    if (begun.length > 0) return undefined;
    const row = await locked(transaction, tx);
    if (row?.state === 'reserved' && row.answer !== null) return row.answer;
    throw FhirError.of('conflict', 'This transaction was decided before; send it again as a new one.');
  }

  async #apply(transaction: string, tx: Session): Promise<Stored[]> {
    const row = await locked(transaction, tx);
    if (row?.state === 'applied') return rereadVersions(row.versions, tx);
    if (row?.state !== 'reserved' || row.act === null || row.writes === null) {
      throw new Error(`The transaction ${transaction} is to be applied, and nothing is reserved for it.`);
    }
    const writes = (parseJson(row.writes) as Write[]).map(withoutKeys);
    await waitForConsents(writes, tx);
    await unreserveRows(writes, transaction, tx);
    // The keys were taken with the reservation, those of the writes too.
    const stored = writes.length === 0 ? [] : await this.parts.commit(writes, { ...row.act, keys: [] }, tx);
    const versions = stored.map(({ type, id, version }) => ({ type, id, version }));
    await this.#settle({ transaction, state: 'applied', versions }, tx);
    return stored;
  }

  async #release(transaction: string, tx: Session): Promise<void> {
    const now = this.parts.now();
    await tx.query({
      name: 'reservation-refused',
      text: `INSERT INTO reservation (transaction, coordinator, state, reserved_at, settled_at)
             VALUES ($1, '', 'released', $2, $2) ON CONFLICT DO NOTHING`,
      values: [transaction, now],
    });
    const row = await locked(transaction, tx);
    if (row?.state === 'released') return;
    if (row?.state !== 'reserved' || row.writes === null) {
      throw new Error(`The transaction ${transaction} is to be let go, and it was applied.`);
    }
    await unreserveRows(parseJson(row.writes) as Write[], transaction, tx);
    await giveBackKeys(row.keys, tx);
    await this.#settle({ transaction, state: 'released', versions: [] }, tx);
  }

  /** What was planned is kept no longer than it is needed: it speaks of people. */
  async #settle({ transaction, state, versions }: Settled, tx: Session): Promise<void> {
    await tx.query({
      name: 'reservation-settled',
      text: `UPDATE reservation SET state = $2, versions = $3::jsonb, writes = NULL, act = NULL, answer = NULL, settled_at = $4
             WHERE transaction = $1`,
      values: [transaction, state, JSON.stringify(versions), this.parts.now()],
    });
  }
}

/** The writes with an id for each new resource. */
export function withIds(writes: readonly Write[]): Write[] {
  return writes.map((write) =>
    write.interaction === 'delete' || write.resource.id !== undefined
      ? write
      : { ...write, resource: { ...write.resource, id: randomUUID() } },
  );
}

interface ReservationRow {
  state: 'reserved' | 'applied' | 'released';
  act: Act | null;
  writes: string | null;
  answer: string | null;
  keys: TakenKey[];
  versions: (ResourceId & { version: number })[];
}

interface Settled {
  transaction: string;
  state: 'applied' | 'released';
  versions: ReservationRow['versions'];
}

async function locked(transaction: string, tx: Session): Promise<ReservationRow | undefined> {
  const [row] = await tx.query<ReservationRow>({
    name: 'reservation',
    text: 'SELECT state, act, writes, answer, keys, versions FROM reservation WHERE transaction = $1 FOR UPDATE',
    values: [transaction],
  });
  return row;
}

/** Before any row is locked: who applies a Consent waits for those rows, and the writes would wait for him. */
async function waitForConsents(writes: readonly Write[], tx: Session): Promise<void> {
  await tx.query({
    name: 'reservation-persons',
    text: `SELECT withheld_from(ARRAY(SELECT unnest($1::text[]) UNION SELECT p.patient
             FROM jsonb_to_recordset($2::jsonb) AS r(type text, id text) JOIN person_record p ON p.type = r.type AND p.id = r.id))`,
    values: [personsOfWrites(writes), JSON.stringify(writes.map(resourceOf))],
  });
}

/** New resources, in the order in which everybody makes them. */
function placed(versions: readonly Stored[]): Stored[] {
  return versions
    .filter(({ version, deleted }) => version === 1 && !deleted)
    .sort((a, b) => (`${a.type}/${a.id}` < `${b.type}/${b.id}` ? -1 : 1));
}

function withoutKeys(write: Write): Write {
  return { ...write, keys: [], holds: [] };
}

function duplicable({ act, writes }: Reservation): string[] {
  return [...(act.keys ?? []), ...writes.flatMap(({ holds = [] }) => holds.map(({ key }) => key))];
}
