import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { TokenClient } from '#auth';
import { migrateServices } from '#service';
import { definitions } from '../../apps/sandbox/src/sandbox.module.js';
import { seed } from '../../apps/sandbox/src/seed.js';
import { eventually } from '../eventually.js';
import type { BenchProcess } from './children/child-process.js';
import type { GinnelServerOptions } from './children/ginnel-server.js';
import type { Installation } from './installation.js';

/** All services with the directory of the seed, in a database of their own. */
export class WholeInstallation {
  private constructor(
    private readonly server: BenchProcess,
    private readonly client: pg.Client,
    readonly clients: { practice: TokenClient; provider: TokenClient },
  ) {}

  static async start({ admin, infrastructure, startProcess }: Begun): Promise<WholeInstallation> {
    const { natsUrl, natsMonitorUrl } = infrastructure;
    const name = `bench_whole_${randomUUID().replaceAll('-', '')}`;
    await admin.query(`CREATE DATABASE ${name}`);
    const address = new URL(infrastructure.databaseUrl);
    address.pathname = `/${name}`;
    const databaseUrl = address.href;
    await migrateServices(databaseUrl, definitions);
    await seed(databaseUrl, definitions);
    const clients = {
      practice: clientOf('practice', 'worth-valley-practice'),
      provider: clientOf('provider', 'keighley-healthy-living'),
    };
    const options: GinnelServerOptions = { databaseUrl, natsUrl, natsMonitorUrl, clients: Object.values(clients) };
    const server = await startProcess('whole-server.js', options);
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return new WholeInstallation(server, client, clients);
  }

  get url(): string {
    return String(this.server.ready);
  }

  headers(client: TokenClient): Record<string, string> {
    return { authorization: `Bearer ${client.token}`, 'content-type': 'application/fhir+json' };
  }

  /** Every event of every service was sent. */
  async settle(): Promise<void> {
    const open = definitions.map(
      ({ name }) => `SELECT 1 FROM ${name.replaceAll('-', '_')}.outbox WHERE published_at IS NULL`,
    );
    const text = `SELECT count(*)::int AS open FROM (${open.join(' UNION ALL ')}) o`;
    await eventually(
      async () => (await this.client.query<{ open: number }>(text)).rows[0]?.open,
      (count) => count === 0,
      120_000,
    );
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.client.end();
  }
}

type Begun = Pick<Installation, 'admin' | 'infrastructure'> & { startProcess: Installation['startProcess'] };

function clientOf(role: 'practice' | 'provider', organisation: string): TokenClient {
  return { client: `bench-${role}`, role, organisation, token: randomBytes(32).toString('base64url') };
}
