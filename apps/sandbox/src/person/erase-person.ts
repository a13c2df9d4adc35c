import type pg from 'pg';
import { Broker } from '#messaging';
import type { ServiceDefinition } from '#service';
import { eventually } from '../eventually.js';
import { auditErasure } from './audited.js';
import { buryRefs, type Counts, eraseRows, tablesThere } from './erase-rows.js';
import { ErasureRecord, type OpenErasure, type Receipt, type Step, steps } from './erasure-record.js';
import { findPerson } from './find-person.js';
import { erasableTables } from './person-tables.js';
import { purgeEvents, purgeHeardEvents } from './purge-streams.js';
import { schemasOf, withAdmin } from './rows.js';

/** Where an installation is, and whom to erase from it. */
export interface ErasePerson {
  adminUrl: string;
  nats: { url: string; monitorUrl?: string | undefined; namespace?: string | undefined };
  definitions: readonly ServiceDefinition[];
  number: string;
  /** Called when a step has been committed. */
  done?: (step: Step) => void;
}

/**
 * Erases a person from every service and from the stream. Killed at any moment, it goes on where it was when it is run again.
 * Undefined where nothing is held, and nothing was left half done.
 */
export async function erasePerson(asked: ErasePerson): Promise<Receipt | undefined> {
  return withAdmin(asked.adminUrl, async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('ginnel-person-erase'))`);
    const record = new ErasureRecord(client);
    const open = (await record.open(asked.number)) ?? (await begin(client, record, asked));
    return open && new Erasing(client, record, asked).finish(open);
  });
}

/** An erasure that finds nothing is none. */
async function begin(
  client: pg.Client,
  record: ErasureRecord,
  { definitions, number }: ErasePerson,
): Promise<OpenErasure | undefined> {
  const { own, namedIn } = await findPerson(client, schemasOf(definitions), { number });
  if (own.length + namedIn.length === 0) return undefined;
  return record.begin(number);
}

class Erasing {
  constructor(
    private readonly client: pg.Client,
    private readonly record: ErasureRecord,
    private readonly asked: ErasePerson,
  ) {}

  async finish(open: OpenErasure): Promise<Receipt> {
    let erasure = open;
    for (const [step, work] of this.#doing.slice(steps.indexOf(erasure.step))) {
      erasure = { ...(await work(erasure)), step };
      await this.record.note(erasure);
      this.asked.done?.(step);
    }
    await auditErasure(this.asked.adminUrl, erasure.id);
    const receipt = await this.record.end(erasure.id);
    this.asked.done?.('ended');
    return receipt;
  }

  readonly #doing: readonly [Step, (erasure: OpenErasure) => Promise<OpenErasure>][] = [
    ['erased', (erasure) => this.#erase(erasure)],
    ['purged', (erasure) => this.#purge(erasure)],
    ['swept', (erasure) => this.#sweep(erasure)],
  ];

  /** Again and again until nothing is found: what was being written when it began comes to light in the next round. */
  async #erase(open: OpenErasure): Promise<OpenErasure> {
    let erasure = open;
    for (let round = 1; ; round++) {
      const found = await this.#find(erasure);
      const known = new Set(erasure.own);
      erasure = {
        ...erasure,
        own: [...new Set([...erasure.own, ...found.own])],
        namedIn: [...new Set([...erasure.namedIn, ...found.namedIn])],
      };
      // Known before anything goes: killed now, it still knows what to look for.
      await this.#together(async () => {
        await buryRefs(this.client, this.asked.definitions, erasure.own);
        await this.record.note(erasure);
      });
      this.asked.done?.('planned');
      await this.#othersEnded();
      const counts = await this.#together(async () => {
        const gone = await eraseRows(this.client, this.asked.definitions, erasure);
        erasure = { ...erasure, counts: sum(erasure.counts, gone) };
        await this.record.note(erasure);
        return gone;
      });
      if (round > 1 && found.own.every((ref) => known.has(ref)) && Object.keys(counts).length === 0) return erasure;
      if (round > 20) throw new Error('Others go on writing about this person: stop them, then run the command again.');
    }
  }

  #find({ number, own }: OpenErasure) {
    return findPerson(this.client, schemasOf(this.asked.definitions), { number, own });
  }

  async #purge(erasure: OpenErasure): Promise<OpenErasure> {
    const { url, monitorUrl, namespace } = this.asked.nats;
    const broker = await Broker.connect({
      url,
      name: 'ginnel-person',
      ...(monitorUrl === undefined ? { assertSync: true } : { monitorUrl }),
      ...(namespace === undefined ? {} : { namespace }),
    });
    try {
      const heard = await purgeHeardEvents(broker, erasure.namedIn);
      const events = heard + (await purgeEvents(broker, erasure.own));
      return { ...erasure, counts: sum(erasure.counts, { 'stream.events': events }) };
    } finally {
      await broker.close();
    }
  }

  /** What rows leave behind in their tables, and what the planner has learnt from them, goes with them. */
  async #sweep(erasure: OpenErasure): Promise<OpenErasure> {
    for (const definition of this.asked.definitions) {
      const there = await tablesThere(this.client, definition);
      const [schema] = schemasOf([definition]);
      for (const { table } of erasableTables(definition, there))
        await this.client.query(`VACUUM (ANALYZE) ${schema ?? ''}.${table}`);
    }
    return erasure;
  }

  /** Transactions that began before this moment: a handler among them may not know yet that somebody is erased. */
  async #othersEnded(): Promise<void> {
    const { rows } = await this.client.query<{ now: string }>('SELECT pg_current_xact_id()::text AS now');
    await eventually(
      () =>
        this.client.query<{ ended: boolean }>('SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS ended', [
          rows[0]?.now,
        ]),
      (ended) => ended.rows[0]?.ended === true,
      {
        withinMs: 60_000,
        late: () => 'A transaction of this database has been open for a minute: end it, then run the command again.',
      },
    );
  }

  async #together<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('BEGIN');
    try {
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      await this.client.query('ROLLBACK');
      throw error;
    }
  }
}

function sum(before: Readonly<Counts>, more: Readonly<Counts>): Counts {
  const keys = new Set([...Object.keys(before), ...Object.keys(more)]);
  return Object.fromEntries([...keys].sort().map((key) => [key, (before[key] ?? 0) + (more[key] ?? 0)]));
}
