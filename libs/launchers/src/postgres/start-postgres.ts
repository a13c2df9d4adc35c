import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeOpenFolder, systemDataFolder } from '../files/folders.js';
import { freePort } from '../files/free-port.js';
import { endingOf, type Ending } from '../process/ending.js';
import { EndedEarly, startServer, type ServerProcess } from '../process/server-process.js';
import { takeStartLock, type StartLock } from '../process/start-lock.js';
import { onFolder, StartError } from '../start-error.js';
import { findPostgres } from './binaries.js';
import { adoptStalePidFile, prepareCluster, superuser, type Cluster } from './cluster.js';
import { isPortTaken, isWaitingForOldChildren, postgresFault } from './faults.js';
import { canReach, serverUser } from './system-user.js';

export interface PostgresOptions {
  /** PostgreSQL's own data folder; made where there is none. */
  dataFolder: string;
  /** Left out: any free port. */
  port?: number;
  /** Gives up durability for speed: for tests only. */
  fast?: boolean;
  log: (line: string) => void;
}

export interface RunningPostgres extends Ending {
  /** The superuser's address, password included. */
  url: string;
  port: number;
  /** Where the data are: elsewhere than asked when the server's user cannot reach that folder. */
  dataFolder: string;
  binarySource: string;
}

const host = '127.0.0.1';
const attempts = 100;
const pauseMs = 100;

/** Starts the embedded PostgreSQL on the loopback address. Whatever stands against it is a StartError. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const cluster = placeCluster(resolve(options.dataFolder), options.log);
  const binaries = findPostgres(cluster.user);
  const lock = await takeStartLock(cluster.folder, 'PostgreSQL');
  try {
    const password = await prepareCluster(cluster, binaries.initdb, options.fast !== true);
    onFolder(cluster.folder, () => {
      adoptStalePidFile(cluster.folder);
    });
    const { server, port } = await launch(cluster, binaries.postgres, { ...options, lock });
    const url = `postgres://${superuser}:${password}@${host}:${String(port)}/postgres`;
    options.log(`PostgreSQL listens on ${host}:${String(port)} (${binaries.source}; data in ${cluster.folder})`);
    return {
      url,
      port,
      dataFolder: cluster.folder,
      binarySource: binaries.source,
      ...endingOf('PostgreSQL', server, lock),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

// Below a closed folder such as /root the unprivileged user finds nothing: then the data lie at a place of the system.
function placeCluster(folder: string, log: (line: string) => void): Cluster {
  const user = onFolder(folder, () => {
    mkdirSync(dirname(folder), { recursive: true });
    return serverUser(folder);
  });
  if (!user || canReach(user, folder)) return { folder, user };
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const place = join(systemDataFolder(), key, basename(folder));
  onFolder(place, () => {
    makeOpenFolder(dirname(place));
  });
  if (!canReach(user, place)) {
    throw new StartError(`An unprivileged user cannot reach ${folder}: set GINNEL_DATA to a folder below open ones.`);
  }
  log(`PostgreSQL runs as an unprivileged user, who cannot reach ${folder}; its data are in ${place}`);
  return { folder: place, user: serverUser(place) };
}

interface LaunchOptions extends PostgresOptions {
  lock: StartLock;
}

async function launch(
  cluster: Cluster,
  postgres: string,
  options: LaunchOptions,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    try {
      const server = await startServer({
        command: postgres,
        args: ['-D', cluster.folder, ...settings(port, options.fast === true).flatMap((setting) => ['-c', setting])],
        user: cluster.user,
        isReady: (line) => line.includes('database system is ready to accept connections'),
        onSpawn: (pid) => {
          options.lock.serverStarted(pid);
        },
      });
      return { server, port };
    } catch (error) {
      if (!(error instanceof EndedEarly)) throw error;
      const mayPass =
        isWaitingForOldChildren(error.output) || (options.port === undefined && isPortTaken(error.output));
      if (!mayPass || attempt === attempts) throw postgresFault(error.output, { folder: cluster.folder, port });
      await sleep(pauseMs);
    }
  }
}

function settings(port: number, fast: boolean): string[] {
  return [
    `port=${String(port)}`,
    `listen_addresses=${host}`,
    'unix_socket_directories=', // no socket, so none in a folder shared with other servers
    'max_connections=400',
    'timezone=UTC',
    'log_timezone=UTC',
    // A failed statement is the caller's to report; its text and values may be a person's and stay out of the log.
    'log_min_messages=log',
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
    ...(fast ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
}
