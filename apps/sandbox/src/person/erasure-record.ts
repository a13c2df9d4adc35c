import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Ref } from './mentions.js';

/** Where an erasure goes on after it was killed. Each step may be done twice. */
export const steps = ['planned', 'erased', 'purged', 'swept', 'ended'] as const;
export type Step = (typeof steps)[number];

/** An erasure that has begun and not ended. */
export interface OpenErasure {
  id: string;
  number: string;
  step: Step;
  own: readonly Ref[];
  namedIn: readonly Ref[];
  counts: Readonly<Record<string, number>>;
}

/** What stays of an erasure: no word of whom it was about. */
export interface Receipt {
  id: string;
  begun: Date;
  ended: Date;
  counts: Readonly<Record<string, number>>;
}

const columns = `id, number, step, own, named_in AS "namedIn", counts`;

/** The erasures of people, in the schema of the service that owns Patient. */
export class ErasureRecord {
  constructor(private readonly client: pg.Client) {}

  async open(number: string): Promise<OpenErasure | undefined> {
    const { rows } = await this.client.query<OpenErasure>(
      `SELECT ${columns} FROM referral.erasure WHERE ended_at IS NULL AND number = $1`,
      [number],
    );
    return rows[0];
  }

  async begin(number: string): Promise<OpenErasure> {
    const { rows } = await this.client.query<OpenErasure>(
      `INSERT INTO referral.erasure (id, begun_at, number, own, named_in, step) VALUES ($1, now(), $2, '[]', '[]', 'planned')
       RETURNING ${columns}`,
      [randomUUID(), number],
    );
    const [erasure] = rows;
    if (!erasure) throw new Error('The erasure could not be noted.');
    return erasure;
  }

  async note({ id, step, own, namedIn, counts }: OpenErasure): Promise<void> {
    await this.client.query(
      'UPDATE referral.erasure SET step = $2, own = $3, named_in = $4, counts = $5 WHERE id = $1',
      [id, step, JSON.stringify(own), JSON.stringify(namedIn), JSON.stringify(counts)],
    );
  }

  async end(id: string): Promise<Receipt> {
    const { rows } = await this.client.query<Receipt>(
      `UPDATE referral.erasure SET step = 'ended', ended_at = now(), number = NULL, own = NULL, named_in = NULL
       WHERE id = $1 RETURNING id, begun_at AS begun, ended_at AS ended, counts`,
      [id],
    );
    const [receipt] = rows;
    if (!receipt) throw new Error('The erasure is not there any more.');
    return receipt;
  }
}
