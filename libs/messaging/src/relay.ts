import { failureOf, type Logger } from '#observability';
import type { Database } from '#postgres';
import type { Broker } from './broker.js';
import { type Chain, chainsOf } from './chains.js';
import { type Lead, takeLead } from './lead.js';
import { type MessagingMetrics, noMetrics } from './messaging-metrics.js';
import { isFull, markPublished, recogniseStream, type Unpublished, unpublished } from './outbox.js';
import { messageOf } from './outgoing.js';
import { Signal } from './signal.js';
import { ensureStream, streamNameOf } from './stream.js';

export interface RelayOptions {
  database: Database;
  broker: Broker;
  /** Name of the service, as in its subjects. */
  service: string;
  pollMs?: number;
  batch?: number;
  metrics?: MessagingMetrics;
  log?: Logger;
}

/** How often a leader looks whether the stream is still the one that it published to. */
const recogniseEveryMs = 5_000;

/** A broker that went away answers nothing; what is sent again is known by its id. */
const acknowledgedWithinMs = 2_000;

/**
 * Carries committed events from the outbox to JetStream. One relay per service leads; another takes over when it dies.
 * Two leaders for a moment do no harm: each sends what is of one referral only after the one before was acknowledged.
 */
export class Relay {
  readonly #options: Required<Pick<RelayOptions, 'pollMs' | 'batch' | 'metrics'>> & RelayOptions;
  #signal = new Signal();
  #running: Promise<void> | undefined;
  #leading = false;
  #failing = false;
  #recognisedAt = 0;

  constructor(options: RelayOptions) {
    this.#options = { pollMs: 500, batch: 256, metrics: noMetrics, ...options };
  }

  get leading(): boolean {
    return this.#leading;
  }

  start(): void {
    if (this.#signal.closed) this.#signal = new Signal();
    this.#running ??= this.#run();
  }

  /** Something was committed: send it now. Reaches the leader too when that is another replica. */
  wake(): void {
    const { broker } = this.#options;
    if (this.#leading) this.#signal.ring();
    else if (broker.connected) broker.connection.publish(this.#wakeSubject);
  }

  /** Ends after the batch on its way; what is left is another replica's, or waits for the next start. */
  async stop(): Promise<void> {
    this.#signal.close();
    await this.#running;
    this.#running = undefined;
  }

  get #wakeSubject(): string {
    return `${this.#options.broker.namespace}-wake.${this.#options.service}`;
  }

  async #run(): Promise<void> {
    const { broker, database, pollMs } = this.#options;
    const ring = (): void => {
      this.#signal.ring();
    };
    const calls = broker.connection.subscribe(this.#wakeSubject, { callback: ring });
    const forget = broker.onReconnect(() => {
      this.#doubtStream();
    });
    while (!this.#signal.closed) {
      const job = { name: 'ginnel-relay', work: (lead: Lead) => this.#lead(lead), onLost: ring };
      await takeLead(database, job).catch((error: unknown) => {
        this.#failed(error);
      });
      await this.#signal.wait(pollMs);
    }
    forget();
    calls.unsubscribe();
  }

  async #lead(lead: Lead): Promise<void> {
    this.#leading = true;
    this.#recognisedAt = 0;
    try {
      while (!this.#signal.closed && !lead.lost) {
        await this.#pass(lead).catch((error: unknown) => {
          this.#failed(error);
        });
        await this.#signal.wait(this.#options.pollMs);
      }
    } finally {
      this.#leading = false;
    }
  }

  /** Sends all that is due. A referral of which an event failed is left out until the next pass, so its later ones cannot overtake. */
  async #pass(lead: Lead): Promise<void> {
    const { broker, database, batch, metrics } = this.#options;
    const held = new Set<string>();
    while (broker.connected && !this.#signal.closed && !lead.lost) {
      await this.#recognise();
      const rows = await unpublished(database, held, batch);
      if (rows.length === 0) break;
      const sent = await this.#send(rows, held);
      await markPublished(database, sent.published);
      metrics.published(sent.published.length);
      if (sent.failures.length > 0) this.#refused(sent.failures);
      // Nothing went through: the broker is away, and the rest would only wait for its time-outs.
      if (sent.published.length === 0 && sent.failures.length > 0) return;
      if (wereAll(rows, sent, batch)) break;
    }
    if (held.size === 0) this.#recovered();
  }

  /** Different referrals at once; what is of one of them one after the other, up to the first that fails. */
  async #send(rows: readonly Unpublished[], held: Set<string>): Promise<Sent> {
    const sent: Sent = { published: [], failures: [] };
    const chains = chainsOf(rows);
    const behind = chains.filter(({ keys }) => [...keys].some((key) => held.has(key)));
    behind.forEach((chain) => {
      hold(chain, held);
    });
    const free = chains.filter((chain) => !behind.includes(chain));
    await Promise.all(free.map((chain) => this.#sendChain(chain, sent, held)));
    return sent;
  }

  async #sendChain(chain: Chain, sent: Sent, held: Set<string>): Promise<void> {
    for (const row of chain.rows) {
      try {
        await this.#publish(row);
        sent.published.push(row.id);
      } catch (error) {
        sent.failures.push(error);
        hold(chain, held);
        return;
      }
    }
  }

  async #publish(row: Unpublished): Promise<void> {
    const { broker, service } = this.#options;
    const { subject, payload, headers } = messageOf(row, service);
    const expect = { streamName: streamNameOf(broker) };
    const sending = { msgID: row.event_id, headers, expect, timeout: acknowledgedWithinMs };
    await broker.jetStream.publish(broker.subject(subject), payload, sending);
  }

  /** Makes the stream where it is missing. Where it is another one than before, all kept events go out again. */
  async #recognise(): Promise<void> {
    if (Date.now() - this.#recognisedAt < recogniseEveryMs) return;
    const { broker, database, log } = this.#options;
    const { created } = await ensureStream(broker);
    const stream = streamNameOf(broker);
    const lost = await recogniseStream(database, stream, created);
    if (lost) log?.warn({ stream }, 'The stream was lost; its events go out again from the outbox');
    this.#recognisedAt = Date.now();
  }

  #doubtStream(): void {
    this.#recognisedAt = 0;
    this.#signal.ring();
  }

  #refused(failures: readonly unknown[]): void {
    this.#recognisedAt = 0;
    this.#options.metrics.publishFailed(failures.length);
    this.#failed(failures[0]);
  }

  /** Said once per trouble, not once per poll. */
  #failed(error: unknown): void {
    if (!this.#failing)
      this.#options.log?.warn({ failure: failureOf(error) }, 'The relay cannot publish; trying again');
    this.#failing = true;
  }

  #recovered(): void {
    if (this.#failing) this.#options.log?.info('The relay publishes again');
    this.#failing = false;
  }
}

interface Sent {
  published: string[];
  failures: unknown[];
}

function hold({ keys }: Chain, held: Set<string>): void {
  keys.forEach((key) => held.add(key));
}

/** Nothing more was due when these were read; what was committed since has rung. */
function wereAll(rows: readonly Unpublished[], { failures }: Sent, batch: number): boolean {
  return rows.length < batch && failures.length === 0 && !isFull(rows);
}
