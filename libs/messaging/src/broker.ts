import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { failureOf, type Logger } from '#observability';

/** The broker cannot carry referrals as it stands; the sentence says what to do. Ends a start. */
export class BrokerNotUsable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'BrokerNotUsable';
  }
}

/** What the stream of facts may grow to. */
export interface StreamLimits {
  /** Events older than this leave the stream; the outbox may hold them longer. 30 unless told. */
  maxAgeDays?: number;
  /** A full stream refuses new events, so that the relay keeps them; it never drops old ones. Unlimited unless told. */
  maxBytes?: number;
  replicas?: number;
}

export interface BrokerOptions {
  /** nats:// addresses, separated by commas; a user and password may stand in the first. */
  url: string;
  /** Shown in the server's list of connections. */
  name: string;
  /** First word of every subject; another one keeps two installations apart on one broker. */
  namespace?: string;
  /** http:// addresses of the servers' monitoring, separated by commas: proves that they write to disk before they acknowledge. */
  monitorUrl?: string;
  /** The operator's word for `sync_interval: always`, where there is no monitoring address. */
  assertSync?: boolean;
  limits?: StreamLimits;
  log?: Logger;
}

/** One connection to NATS JetStream: refuses to begin with a broker that can lose events, then reconnects for ever. */
export class Broker {
  readonly jetStream: JetStreamClient;
  #connected = true;
  readonly #reconnected = new Set<() => void>();

  private constructor(
    readonly connection: NatsConnection,
    readonly management: JetStreamManager,
    private readonly options: BrokerOptions,
  ) {
    this.jetStream = jetstream(connection, { timeout: 5_000 });
    void this.#follow();
  }

  static async connect(options: BrokerOptions): Promise<Broker> {
    const connection = await open(options);
    try {
      refuseOld(connection.info?.version ?? '0');
      const management = await managementOf(connection, options);
      const broker = new Broker(connection, management, options);
      await broker.refuseLazy();
      return broker;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get namespace(): string {
    return this.options.namespace ?? 'ginnel';
  }

  get limits(): StreamLimits {
    return this.options.limits ?? {};
  }

  get connected(): boolean {
    return this.#connected && !this.connection.isClosed();
  }

  /** A Ginnel subject (`ginnel.referral.Task.>`) in this installation's namespace. */
  subject(subject: string): string {
    return subject.replace(/^[^.]+/, this.namespace);
  }

  /** Called after each reconnect, until the returned function is. */
  onReconnect(listener: () => void): () => void {
    this.#reconnected.add(listener);
    return () => this.#reconnected.delete(listener);
  }

  /** JetStream answers and every server writes to disk before it acknowledges. */
  async brokerIsDurable(): Promise<boolean> {
    return (await this.problem()) === undefined;
  }

  /** For readiness: what is wrong with the broker now; undefined when nothing is. */
  async problem(): Promise<string | undefined> {
    if (!this.connected) return `NATS at ${placesOf(this.options.url)} does not answer; trying again.`;
    try {
      await this.management.getAccountInfo();
      await this.refuseLazy();
      return undefined;
    } catch (error) {
      return error instanceof BrokerNotUsable ? error.message : 'JetStream does not answer; look at the NATS server.';
    }
  }

  /** Lets what is on its way arrive, then closes. */
  async close(): Promise<void> {
    if (this.connection.isClosed()) return;
    if (this.#connected) await this.connection.drain().catch(() => undefined);
    await this.connection.close();
  }

  private async refuseLazy(): Promise<void> {
    const { monitorUrl, assertSync } = this.options;
    if (monitorUrl === undefined || monitorUrl === '') {
      if (assertSync === true) return;
      throw new BrokerNotUsable(
        'Nothing proves that NATS writes to disk before it acknowledges: set NATS_MONITOR_URL to its monitoring address, ' +
          'or assert by configuration that its sync_interval is always.',
      );
    }
    await Promise.all(monitorUrl.split(',').map((url) => refuseLazyServer(url.trim())));
  }

  async #follow(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') this.#lose();
      else if (status.type === 'reconnect') this.#regain();
      else if (status.type === 'error')
        this.options.log?.warn({ failure: failureOf(status.error) }, 'NATS reported an error');
    }
  }

  #lose(): void {
    this.#connected = false;
    this.options.log?.warn('NATS is disconnected; trying again');
  }

  #regain(): void {
    this.#connected = true;
    this.options.log?.info('NATS is connected again');
    this.#reconnected.forEach((listener) => {
      listener();
    });
  }
}

/** How to reach NATS, for every client of this process. */
export function connectionOptions(url: string): { servers: string[]; user?: string; pass?: string; tls?: object } {
  const servers = url.split(',').map((server) => server.trim());
  const [, user, pass = ''] = /\/\/([^:@/]+)(?::([^@/]*))?@/.exec(servers[0] ?? '') ?? [];
  const login = user === undefined ? {} : { user: decodeURIComponent(user), pass: decodeURIComponent(pass) };
  // Without the option a server that speaks no TLS would be sent the login in the clear.
  const tls = servers.some((server) => server.startsWith('tls://')) ? { tls: {} } : {};
  return { servers: servers.map((server) => server.replace(/\/\/[^@/]*@/, '//')), ...login, ...tls };
}

async function open({ url, name }: BrokerOptions): Promise<NatsConnection> {
  try {
    return await connect({
      ...connectionOptions(url),
      name,
      timeout: 3_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 100,
      // Of each request it would otherwise note the call stack, which costs more than sending it.
      noAsyncTraces: true,
      // A server that starts may refuse a login for a moment.
      ignoreAuthErrorAbort: true,
    });
  } catch (cause) {
    throw new BrokerNotUsable(`No NATS server lets us in at ${placesOf(url)}: start it, or correct NATS_URL.`, {
      cause,
    });
  }
}

async function managementOf(connection: NatsConnection, { url }: BrokerOptions): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection, { timeout: 5_000 });
  } catch (cause) {
    throw new BrokerNotUsable(
      `NATS at ${placesOf(url)} has no JetStream: start it with a jetstream block and a store_dir.`,
      {
        cause,
      },
    );
  }
}

function refuseOld(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 2 || (major === 2 && minor >= 10)) return;
  throw new BrokerNotUsable(`NATS ${version} is too old: sync_interval and several filters need 2.10 or later.`);
}

async function refuseLazyServer(monitorUrl: string): Promise<void> {
  const settings = await settingsOf(monitorUrl);
  const { jetstream: { config = {} } = {} } = settings as { jetstream?: { config?: { sync_always?: unknown } } };
  if (config.sync_always === true) return;
  throw new BrokerNotUsable(
    `NATS at ${monitorUrl} acknowledges before it writes to disk: set sync_interval: always in its jetstream block.`,
  );
}

async function settingsOf(monitorUrl: string): Promise<unknown> {
  try {
    const answer = await fetch(new URL('/varz', monitorUrl), { signal: AbortSignal.timeout(3_000) });
    return (await answer.json()) ?? {};
  } catch (cause) {
    throw new BrokerNotUsable(`The monitoring of NATS at ${monitorUrl} does not answer: correct NATS_MONITOR_URL.`, {
      cause,
    });
  }
}

/** Addresses without the login that may stand in them. */
function placesOf(url: string): string {
  return connectionOptions(url).servers.join(', ');
}
