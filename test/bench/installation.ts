import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { TokenClient } from '#auth';
import { ensureInfrastructure, type Infrastructure } from '#launchers';
import { migrateServices } from '#service';
import { definitions } from './services.js';
import { benchEnvironment, benchFolder } from './bench.config.js';
import { BenchProcess } from './children/child-process.js';
import type { GinnelServerOptions } from './children/ginnel-server.js';
import { practice } from './resources.js';
import type { BenchSettings } from './settings.js';

/** Embedded servers with durable settings in a folder of their own, and what is needed to measure on them. */
export class Installation {
  private constructor(
    readonly folder: string,
    readonly infrastructure: Infrastructure & { natsMonitorUrl: string },
    /** A login that sees and may do everything. */
    readonly admin: pg.Pool,
    readonly settings: BenchSettings,
    readonly log: (line: string) => void,
  ) {}

  static async start(settings: BenchSettings, log: (line: string) => void): Promise<Installation> {
    const folder = mkdtempSync(join(benchFolder(), 'ginnel-bench-'));
    chmodSync(folder, 0o711); // under the superuser PostgreSQL runs as another user, who must pass
    let stop = (): Promise<void> => Promise.resolve();
    try {
      const infrastructure = await ensureInfrastructure({ dataFolder: folder, environment: benchEnvironment, log });
      stop = infrastructure.stop;
      const { databaseUrl, natsMonitorUrl } = infrastructure;
      if (natsMonitorUrl === undefined) throw new Error('The broker of the bench has no monitoring address.');
      await migrateServices(databaseUrl, definitions);
      const admin = new pg.Pool({ connectionString: databaseUrl, max: 2 });
      admin.on('error', () => undefined);
      return new Installation(folder, { ...infrastructure, natsMonitorUrl }, admin, settings, log);
    } catch (error) {
      await stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  readonly practice: TokenClient = {
    client: 'bench',
    role: 'practice',
    organisation: practice,
    token: randomBytes(32).toString('base64url'),
  };

  /** The services in a process of their own; its answer is their address. */
  startServer(more: readonly string[] = []): Promise<BenchProcess> {
    const { databaseUrl, natsUrl, natsMonitorUrl } = this.infrastructure;
    const options: GinnelServerOptions = { databaseUrl, natsUrl, natsMonitorUrl, clients: [this.practice] };
    const { profile } = this.settings;
    const execArgv = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    return this.startProcess('ginnel-server.js', options, [...execArgv, ...more]);
  }

  startProcess(script: string, options: unknown, execArgv: readonly string[] = []): Promise<BenchProcess> {
    return BenchProcess.start({ script, options, execArgv, log: join(this.folder, `${script}.log`) });
  }

  async stop(): Promise<void> {
    await this.admin.end();
    await this.infrastructure.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
