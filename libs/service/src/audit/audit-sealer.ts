import type { ServiceName } from '#fhir';
import type { AuditChain, Head } from '#fhir-store';
import { type Broker, type Lead, Signal, takeLead } from '#messaging';
import { failureOf, type Logger } from '#observability';
import type { Database } from '#postgres';
import { ensureHeadStream, lastPublishedHead, publishHead } from './audit-heads.js';

export interface AuditSealerOptions {
  database: Database;
  chain: AuditChain;
  broker: Broker;
  service: ServiceName;
  now: () => Date;
  newId: () => string;
  log: Logger;
  /** Entries older than this are dropped; the chain keeps their digests. */
  days: number;
}

const everyMs = 400;
const lateEveryMs = 60_000;
const dropEveryMs = 6 * 60 * 60 * 1000;
const day = 24 * 60 * 60 * 1000;

/**
 * Seals what is committed within a second, and publishes each head. One process of a service leads; another takes over when it
 * dies. No request waits for it, and while NATS is away entries are sealed all the same: their heads go out later.
 */
export class AuditSealer {
  readonly #signal = new Signal();
  #running: Promise<void> | undefined;
  #failing = false;
  /** Entries whose head is published; unknown until the stream was asked. */
  #published: number | undefined;
  #lateAt = 0;
  #dropAt = 0;

  constructor(private readonly options: AuditSealerOptions) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Seals once more what is there, then ends. */
  async stop(): Promise<void> {
    this.#signal.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { database } = this.options;
    while (!this.#signal.closed) {
      const onLost = (): void => {
        this.#signal.ring();
      };
      await takeLead(database, { name: 'ginnel-audit', work: (lead) => this.#lead(lead), onLost }).catch(this.#failed);
      await this.#signal.wait(everyMs);
    }
  }

  async #lead(lead: Lead): Promise<void> {
    this.#published = undefined;
    while (!this.#signal.closed && !lead.lost) {
      await this.#pass().catch(this.#failed);
      await this.#signal.wait(everyMs);
    }
    if (!lead.lost) await this.#pass().catch(this.#failed);
  }

  async #pass(): Promise<void> {
    const { chain, now } = this.options;
    while ((await chain.seal(now()))?.more === true);
    const time = now().getTime();
    if (time - this.#lateAt >= lateEveryMs) {
      this.#lateAt = time;
      await chain.sealLate(now());
    }
    if (time - this.#dropAt >= dropEveryMs) {
      this.#dropAt = time;
      await this.#drop(time);
    }
    await this.#publish();
    this.#recovered();
  }

  async #publish(): Promise<void> {
    const { broker, chain, service } = this.options;
    if (!broker.connected) return;
    this.#published ??= await this.#lastPublished();
    for (const head of await chain.headsAfter(this.#published)) {
      await publishHead(broker, service, head);
      this.#published = head.entries;
    }
  }

  /** Where the chain is shorter than what was published it goes on from its own end, and the two heads will tell. */
  async #lastPublished(): Promise<number> {
    const { broker, chain, service, log } = this.options;
    await ensureHeadStream(broker);
    const last = (await lastPublishedHead(broker, service)) ?? { entries: 0, head: '' };
    const own = await ownAt(chain, last);
    if (own === undefined || own.head === last.head) return last.entries;
    log.error({ entries: last.entries }, 'The audit chain is not the one whose heads were published; verify it');
    return Math.min(last.entries, own.entries);
  }

  async #drop(time: number): Promise<void> {
    const { chain, days, log, newId, service } = this.options;
    const dropped = await chain.drop(new Date(time - days * day), { agent: service, correlationId: newId() });
    if (dropped > 0) log.info({ dropped }, 'Audit entries whose time was over were dropped');
  }

  /** Said once per trouble. */
  readonly #failed = (error: unknown): void => {
    if (!this.#failing)
      this.options.log.warn(
        { failure: failureOf(error) },
        'The audit cannot be sealed or its head published; trying again',
      );
    this.#failing = true;
    this.#published = undefined;
  };

  #recovered(): void {
    if (this.#failing) this.options.log.info('The audit is sealed again');
    this.#failing = false;
  }
}

/** The chain's own head at that place, or its last where it is shorter; undefined where nothing was published. */
async function ownAt(chain: AuditChain, { entries }: Head): Promise<Head | undefined> {
  if (entries === 0) return undefined;
  return (await chain.headAt(entries)) ?? { entries: 0, head: '' };
}
