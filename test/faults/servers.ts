import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { appendOnlyTables, shapeOf, storeMigrations } from '#fhir-store';
import { type RunningNats, type RunningPostgres, startNats, startPostgres } from '#launchers';
import { Broker, messagingMigrations, streamNameOf } from '#messaging';
import { Database, migrate } from '#postgres';

type Schema = 'referral' | 'outcomes';

/** What one round stands on: a database of its own and the shared broker. */
export interface RoundServers {
  databaseUrls: Record<Schema, string>;
  databases: Record<Schema, Database>;
  natsUrl: string;
  monitorUrl: string;
  /** Stops the broker and starts it on the same files. */
  restartBroker: () => Promise<void>;
  /** Nothing is on its way to the consumer. */
  isQuiet: (namespace: string) => Promise<boolean>;
  forget: (namespace: string) => Promise<void>;
}

const effectMigration = {
  name: 'Effect1763750000003',
  up: [
    `CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, resource text NOT NULL, sequence int NOT NULL,
       version_in_content text NOT NULL)`,
  ],
};

/** One PostgreSQL, syncing every commit, and one nats-server for all rounds. */
export class Servers {
  private constructor(
    private readonly folder: string,
    private readonly postgres: RunningPostgres,
    private nats: RunningNats,
  ) {}

  static async start(log: (line: string) => void): Promise<Servers> {
    const folder = mkdtempSync(join(tmpdir(), 'ginnel-faults-'));
    chmodSync(folder, 0o711); // under the superuser PostgreSQL runs as another user, who must pass
    const postgres = await startPostgres({ dataFolder: join(folder, 'postgres'), log });
    const nats = await startNats({ storeFolder: join(folder, 'nats'), log });
    return new Servers(folder, postgres, nats);
  }

  async stop(): Promise<void> {
    await Promise.all([this.postgres.stop(), this.nats.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(dirname(this.postgres.dataFolder), { recursive: true, force: true });
  }

  /** A database of its own, and where the broker listens. */
  async forServices(): Promise<{ adminUrl: string; natsUrl: string; natsMonitorUrl: string }> {
    const name = `faults_${randomUUID().replaceAll('-', '')}`;
    await this.#asAdmin(`CREATE DATABASE ${name}`);
    return { adminUrl: this.#urlOf(name), natsUrl: this.nats.url, natsMonitorUrl: this.nats.monitorUrl };
  }

  async forRound(): Promise<RoundServers> {
    const name = `faults_${randomUUID().replaceAll('-', '')}`;
    await this.#asAdmin(`CREATE DATABASE ${name}`);
    const databaseUrls = {
      referral: await this.#migrated(name, 'referral'),
      outcomes: await this.#migrated(name, 'outcomes'),
    };
    const databases = {
      referral: databaseOf(databaseUrls.referral, 'referral'),
      outcomes: databaseOf(databaseUrls.outcomes, 'outcomes'),
    };
    return {
      databaseUrls,
      databases,
      natsUrl: this.nats.url,
      monitorUrl: this.nats.monitorUrl,
      restartBroker: () => this.#restartBroker(),
      isQuiet: (namespace) => this.#withBroker(namespace, isQuiet),
      forget: async (namespace) => {
        await this.#withBroker(namespace, (broker) => broker.management.streams.delete(streamNameOf(broker)));
        await Promise.all([databases.referral.close(), databases.outcomes.close()]);
        await this.#asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
      },
    };
  }

  async #migrated(database: string, schema: Schema): Promise<string> {
    const admin = this.#urlOf(database);
    const login = { name: `faults_${schema}`, password: randomUUID() };
    const stored = schema === 'referral' ? storeMigrations : [effectMigration];
    await migrate({
      adminUrl: admin,
      schema,
      login,
      migrations: [...stored, ...messagingMigrations],
      ...(schema === 'referral' ? { shape: shapeOf(['Task']), appendOnly: appendOnlyTables } : {}),
    });
    const url = new URL(admin);
    url.username = login.name;
    url.password = login.password;
    return url.href;
  }

  #urlOf(database: string): string {
    const url = new URL(this.postgres.url);
    url.pathname = `/${database}`;
    return url.href;
  }

  async #asAdmin(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    await client.query(statement);
    await client.end();
  }

  async #restartBroker(): Promise<void> {
    const { url, monitorUrl } = this.nats;
    await this.nats.stop();
    const ports = { port: Number(new URL(url).port), monitorPort: Number(new URL(monitorUrl).port) };
    this.nats = await startNats({ storeFolder: join(this.folder, 'nats'), ...ports, log: () => undefined });
  }

  async #withBroker<T>(namespace: string, work: (broker: Broker) => Promise<T>): Promise<T> {
    const { url, monitorUrl } = this.nats;
    const broker = await Broker.connect({ url, monitorUrl, namespace, name: 'faults' });
    try {
      return await work(broker);
    } finally {
      await broker.close();
    }
  }
}

/** Every event was delivered and answered. */
async function isQuiet(broker: Broker): Promise<boolean> {
  const [consumer] = await broker.management.consumers.list(streamNameOf(broker)).next();
  return consumer?.num_pending === 0 && consumer.num_ack_pending === 0;
}

function databaseOf(url: string, schema: Schema): Database {
  return new Database({ url, schema, applicationName: 'faults', maxConnections: 2 });
}
