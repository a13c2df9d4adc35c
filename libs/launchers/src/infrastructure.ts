import { join, resolve } from 'node:path';
import { defaultDataFolder } from './files/folders.js';
import { readSettings, type Environment, type LauncherSettings } from './launchers.config.js';
import { checkBroker } from './nats/check-broker.js';
import { startNats } from './nats/start-nats.js';
import { checkDatabase } from './postgres/check-database.js';
import { startPostgres } from './postgres/start-postgres.js';
import { type StartError } from './start-error.js';

export interface InfrastructureOptions {
  /** Left out: GINNEL_DATA, or .ginnel/ in the project. */
  dataFolder?: string;
  postgresPort?: number;
  natsPort?: number;
  natsMonitorPort?: number;
  /** Gives up PostgreSQL's durability for speed: for tests only. */
  fast?: boolean;
  log: (line: string) => void;
  environment?: Environment;
}

export interface Infrastructure {
  /** A login that may create roles and schemas. */
  databaseUrl: string;
  natsUrl: string;
  /** Undefined where the operator asserts that the given broker syncs every write. */
  natsMonitorUrl: string | undefined;
  /** Settles with a sentence when a server of ours ended without having been asked to. */
  failed: Promise<StartError>;
  /** Stops what was started here, the broker first. */
  stop: () => Promise<void>;
}

interface Part<Place> {
  place: Place;
  failed?: Promise<StartError>;
  stop: () => Promise<void>;
}

/** What is given by DATABASE_URL and NATS_URL, checked; what is not given, embedded. */
export async function ensureInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const settings = readSettings(options.environment);
  const dataFolder = resolve(options.dataFolder ?? settings.dataFolder ?? defaultDataFolder());
  await checkGiven(settings);
  const database = await ensureDatabase(settings.databaseUrl, { ...options, dataFolder });
  try {
    const broker = await ensureBroker(settings, { ...options, dataFolder });
    return {
      databaseUrl: database.place,
      natsUrl: broker.place.url,
      natsMonitorUrl: broker.place.monitorUrl,
      failed: Promise.race([database.failed, broker.failed].filter((failed) => failed !== undefined)),
      stop: async () => {
        await broker.stop();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function checkGiven({ databaseUrl, natsUrl, natsMonitorUrl, natsSyncsAlways }: LauncherSettings): Promise<void> {
  if (databaseUrl !== undefined) await checkDatabase(databaseUrl);
  if (natsUrl !== undefined)
    await checkBroker({ url: natsUrl, monitorUrl: natsMonitorUrl, syncsAlways: natsSyncsAlways });
}

type Placed = InfrastructureOptions & { dataFolder: string };

async function ensureDatabase(given: string | undefined, options: Placed): Promise<Part<string>> {
  if (given !== undefined) {
    options.log('PostgreSQL: the one of DATABASE_URL');
    return { place: given, stop: () => Promise.resolve() };
  }
  const postgres = await startPostgres({
    dataFolder: join(options.dataFolder, 'postgres'),
    log: options.log,
    ...(options.postgresPort === undefined ? {} : { port: options.postgresPort }),
    ...(options.fast === undefined ? {} : { fast: options.fast }),
  });
  return { place: postgres.url, failed: postgres.failed, stop: postgres.stop };
}

type BrokerPlace = { url: string; monitorUrl: string | undefined };

async function ensureBroker(
  { natsUrl, natsMonitorUrl }: LauncherSettings,
  options: Placed,
): Promise<Part<BrokerPlace>> {
  if (natsUrl !== undefined) {
    options.log('NATS: the broker of NATS_URL');
    return { place: { url: natsUrl, monitorUrl: natsMonitorUrl }, stop: () => Promise.resolve() };
  }
  const nats = await startNats({
    storeFolder: join(options.dataFolder, 'nats'),
    log: options.log,
    ...(options.natsPort === undefined ? {} : { port: options.natsPort }),
    ...(options.natsMonitorPort === undefined ? {} : { monitorPort: options.natsMonitorPort }),
  });
  return { place: { url: nats.url, monitorUrl: nats.monitorUrl }, failed: nats.failed, stop: nats.stop };
}
