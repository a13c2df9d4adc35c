import { mkdirSync, writeFileSync, accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { demandSpace } from '../files/folders.js';
import { endingOf, type Ending } from '../process/ending.js';
import { EndedEarly, startServer, type ServerProcess } from '../process/server-process.js';
import { takeStartLock, type StartLock } from '../process/start-lock.js';
import { diskIsFull, mayNotUse, onFolder, portTaken, StartError } from '../start-error.js';
import { findNatsServer, type NatsServer } from './find-nats-server.js';

export interface NatsOptions {
  /** JetStream's own folder; made where there is none. */
  storeFolder: string;
  /** Left out: any free port. */
  port?: number;
  monitorPort?: number;
  log: (line: string) => void;
}

export interface RunningNats extends Ending {
  url: string;
  monitorUrl: string;
  version: string;
  /** For people: where the program came from. */
  source: string;
}

const host = '127.0.0.1';
const anyPort = -1;
const megabytesToStart = 32;

/** Starts a nats-server whose JetStream syncs every write, on the loopback address. Whatever stands against it is a StartError. */
export async function startNats(options: NatsOptions): Promise<RunningNats> {
  const storeFolder = resolve(options.storeFolder);
  onFolder(storeFolder, () => {
    mkdirSync(storeFolder, { recursive: true });
    accessSync(storeFolder, constants.R_OK | constants.W_OK | constants.X_OK);
    demandSpace(storeFolder, megabytesToStart);
  });
  const program = await findNatsServer(options.log);
  const lock = await takeStartLock(storeFolder, 'nats-server');
  try {
    const { server, port, monitorPort } = await launch(program, { ...options, storeFolder, lock });
    options.log(
      `nats-server ${program.version} listens on ${host}:${port} (${program.source}; data in ${storeFolder})`,
    );
    return {
      url: `nats://${host}:${port}`,
      monitorUrl: `http://${host}:${monitorPort}`,
      version: program.version,
      source: program.source,
      ...endingOf('nats-server', server, lock),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface LaunchOptions extends NatsOptions {
  lock: StartLock;
}

// The server picks free ports by itself and names them while it starts.
async function launch(
  program: NatsServer,
  options: LaunchOptions,
): Promise<{ server: ServerProcess; port: string; monitorPort: string }> {
  const configuration = join(options.storeFolder, 'nats-server.conf');
  onFolder(options.storeFolder, () => {
    writeFileSync(configuration, configurationOf(options), { mode: 0o600 });
  });
  let port = '';
  let monitorPort = '';
  try {
    const server = await startServer({
      command: program.path,
      args: ['-c', configuration],
      isReady: (line) => {
        port = /Listening for client connections on .*:(\d+)/.exec(line)?.[1] ?? port;
        monitorPort = /Starting http monitor on .*:(\d+)/.exec(line)?.[1] ?? monitorPort;
        return line.includes('Server is ready');
      },
      onSpawn: (pid) => {
        options.lock.serverStarted(pid);
      },
    });
    return { server, port, monitorPort };
  } catch (error) {
    throw error instanceof EndedEarly ? natsFault(error.output, options) : error;
  }
}

function configurationOf({ storeFolder, port = anyPort, monitorPort = anyPort }: LaunchOptions): string {
  return [
    'server_name: ginnel',
    `listen: "${host}:${String(port)}"`,
    `http: "${host}:${String(monitorPort)}"`,
    // The event of a large resource carries its reference only; the answer to a question for it is larger than that.
    'max_payload: 8MB',
    `jetstream { store_dir: ${JSON.stringify(storeFolder)}, sync_interval: always }`,
    '',
  ].join('\n');
}

/** One sentence for what nats-server printed before it gave up. */
export function natsFault(output: string, { storeFolder }: { storeFolder: string }): StartError {
  const taken = /(?:listen tcp|listening on port:?) \S*?:(\d+).*address already in use/.exec(output);
  if (taken) return portTaken('nats-server', Number(taken[1]));
  if (output.includes('no space left on device')) return diskIsFull(storeFolder);
  if (/permission denied|storage directory is not/.test(output)) return mayNotUse(storeFolder);
  return new StartError(`nats-server did not start on ${storeFolder}: ${lastWords(output)}`);
}

function lastWords(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => line.includes('[FTL]')) ?? lines.at(-1) ?? 'it said nothing').replace(/^.*\[FTL\] /, '');
}
