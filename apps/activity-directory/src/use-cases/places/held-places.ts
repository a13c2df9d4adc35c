import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database, type Session } from '#postgres';
import { oneAtATime } from '#service';

/** One asking for a place. */
export interface Hold {
  /** An id of its own. */
  hold: string;
  /** HealthcareService. */
  service: string;
  task: string;
  /** Version of the Task that comes about with the place. */
  version: number;
}

/** How many that are open are looked at in one go. */
export const openAtOnce = 100;

/** The table of places. Whoever changes what an activity has waits for its turn at it first. */
@Injectable()
export class HeldPlaces {
  constructor(private readonly database: Database) {}

  together<T>(work: (tx: Session) => Promise<T>): Promise<T> {
    return this.database.transaction(everyone, work);
  }

  async turnAt(service: string, tx: Session): Promise<void> {
    await oneAtATime(`places of HealthcareService/${service}`, tx);
  }

  /** How many Tasks have a place there; without `except`. */
  async count(service: string, { tx, except = '' }: { tx?: Session; except?: string } = {}): Promise<number> {
    const [row] = await (tx ?? this.database.as(everyone)).query<{ taken: number }>({
      name: 'held-places-count',
      text: 'SELECT count(DISTINCT task_id)::int AS taken FROM held_place WHERE service_id = $1 AND task_id <> $2',
      values: [service, except],
    });
    return row?.taken ?? 0;
  }

  /** How many Tasks have a place, by activity; those where nobody has one are missing. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.as(everyone).query<{ service: string; taken: number }>({
      name: 'held-places-counts',
      text: 'SELECT service_id AS service, count(DISTINCT task_id)::int AS taken FROM held_place GROUP BY service_id',
      values: [],
    });
    return new Map(rows.map(({ service, taken }) => [service, taken]));
  }

  async add({ hold, service, task, version }: Hold, at: { now: Date; confirmed: boolean; tx: Session }): Promise<void> {
    await at.tx.query({
      name: 'held-places-add',
      text: `INSERT INTO held_place (hold, service_id, task_id, task_version, held_at, confirmed)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      values: [hold, service, task, version, at.now, at.confirmed],
    });
  }

  /** Activities at which this Task has a place by a version that is not later. */
  async servicesOf({ task, version }: Pick<Hold, 'task' | 'version'>, tx: Session): Promise<string[]> {
    const rows = await tx.query<{ service: string }>({
      name: 'held-places-of-task',
      text: `SELECT DISTINCT service_id AS service FROM held_place WHERE task_id = $1 AND task_version <= $2`,
      values: [task, version],
    });
    return rows.map(({ service }) => service).sort();
  }

  /** Keeps what the Task, as of this version, has there; false where nothing is there to keep. */
  async confirm({ service, task, version }: Omit<Hold, 'hold'>, tx: Session): Promise<boolean> {
    const rows = await tx.query({
      name: 'held-places-confirm',
      text: `UPDATE held_place SET confirmed = true
             WHERE service_id = $1 AND task_id = $2 AND task_version <= $3 RETURNING hold`,
      values: [service, task, version],
    });
    return rows.length > 0;
  }

  /** Frees what the Task had there by a version that is not later. */
  async release({ service, task, version }: Omit<Hold, 'hold'>, tx: Session): Promise<void> {
    await tx.query({
      name: 'held-places-release',
      text: 'DELETE FROM held_place WHERE service_id = $1 AND task_id = $2 AND task_version <= $3',
      values: [service, task, version],
    });
  }

  /** Takes back one asking that will never come about. */
  async forget(hold: string, tx: Session): Promise<void> {
    await tx.query({
      name: 'held-places-forget',
      text: 'DELETE FROM held_place WHERE hold = $1 AND NOT confirmed',
      values: [hold],
    });
  }

  /** Of which nothing was heard since before this time, in the order of their ids: some, after one of them. */
  async open(before: Date, after: string): Promise<Hold[]> {
    return this.database.as(everyone).query<Hold>({
      name: 'held-places-open',
      text: `SELECT hold, service_id AS service, task_id AS task, task_version AS version FROM held_place
             WHERE NOT confirmed AND held_at < $1 AND hold > $2 ORDER BY hold LIMIT ${String(openAtOnce)}`,
      values: [before, after],
    });
  }
}
