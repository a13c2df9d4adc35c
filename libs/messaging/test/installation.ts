import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Broker, type BrokerOptions, messagingMigrations } from '#messaging';
import { Database, migrate } from '#postgres';
import { freshDatabase, testInfrastructure } from '#testing';

/** A service's database and a namespace of its own on the broker: suites that run side by side do not meet. */
export interface Installation {
  database: Database;
  broker: Broker;
  /** Another process's connections to the same. */
  another: () => Promise<{ database: Database; broker: Broker }>;
  close: () => Promise<void>;
}

export const service = 'referral';

/** What the relay needs of the store's versions, under the same policy. */
const historyMigration = {
  name: 'History1763750000001',
  up: [
    `CREATE TABLE history (
       type text NOT NULL, id text NOT NULL, version int NOT NULL, last_updated timestamptz NOT NULL, audience text[] NOT NULL,
       deleted boolean NOT NULL, content text NOT NULL, PRIMARY KEY (type, id, version)) PARTITION BY LIST (type)`,
    'CREATE TABLE any_history PARTITION OF history DEFAULT',
    'ALTER TABLE history ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY audience ON history USING (current_setting('ginnel.audience', true) = '*') WITH CHECK (true)`,
    'CREATE TABLE resource (LIKE history INCLUDING ALL)',
    'CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, consumer text, resource text, sequence int)',
  ],
};

export async function install(options: Partial<BrokerOptions> = {}): Promise<Installation> {
  const fresh = await freshDatabase();
  const login = { name: `messaging_${randomUUID().slice(0, 8)}`, password: randomUUID() };
  await migrate({
    adminUrl: fresh.url,
    schema: service,
    login,
    migrations: [historyMigration, ...messagingMigrations],
  });
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const opened: { database: Database; broker: Broker }[] = [];
  const another = async () => {
    const database = new Database({
      url: loginUrl(fresh.url, login),
      schema: service,
      applicationName: 'messaging-test',
    });
    const { natsUrl: url, natsMonitorUrl: monitorUrl } = testInfrastructure();
    const broker = await Broker.connect({ url, monitorUrl, name: 'messaging-test', namespace, ...options });
    opened.push({ database, broker });
    return { database, broker };
  };
  const { database, broker } = await another();
  const close = async () => {
    await broker.management.streams.delete(namespace.toUpperCase()).catch(() => undefined);
    for (const connections of opened) await connections.broker.close();
    for (const connections of opened) await connections.database.close();
    await fresh.drop();
    await dropLogin(login.name);
  };
  return { database, broker, another, close };
}

function loginUrl(databaseUrl: string, { name, password }: { name: string; password: string }): string {
  const url = new URL(databaseUrl);
  url.username = name;
  url.password = password;
  return url.href;
}

async function dropLogin(login: string): Promise<void> {
  const client = new pg.Client({ connectionString: testInfrastructure().databaseUrl });
  await client.connect();
  await client.query(`DROP ROLE ${login}`);
  await client.end();
}
