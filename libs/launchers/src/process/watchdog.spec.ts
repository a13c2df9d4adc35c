import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder } from '../files/folders.js';
import { toolEnvironment } from '../launchers.config.js';
import { startNats } from '../nats/start-nats.js';
import { startPostgres } from '../postgres/start-postgres.js';
import { openFolder, silent } from '../test/folders.js';

// Only a process of its own can be killed, and that one runs what was built.
const built = pathToFileURL(join(projectFolder(), 'dist/libs/launchers/src/index.js')).href;

describe('the servers of a process that ends', () => {
  const { folder, remove } = openFolder();
  afterAll(remove);

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'end with it after %s, and their data can be started again',
    async (signal) => {
      const launcher = spawn(process.execPath, ['--input-type=module', '--eval', program], {
        env: toolEnvironment({ DATABASE_URL: '', NATS_URL: '', GINNEL_DATA: folder }),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface({ input: launcher.stdout }), 'line')) as [string];
      const addresses = JSON.parse(line) as string[];
      const connections = await Promise.all(addresses.map(open));
      // A server that is killed may reset the connection first: it is closed all the same.
      const ends = connections.map((connection) => new Promise((resolve) => connection.once('close', resolve)));
      const exit = once(launcher, 'exit');
      launcher.kill(signal);
      await Promise.all([exit, ...ends]);

      const postgres = await startPostgres({ dataFolder: join(folder, 'postgres'), log: silent });
      const nats = await startNats({ storeFolder: join(folder, 'nats'), log: silent });
      await Promise.all([postgres.stop(), nats.stop()]);
      expect(existsSync(join(folder, 'postgres', 'postmaster.pid'))).toBe(false);
    },
  );
});

const program = `
import { ensureInfrastructure, stopOnSignals } from ${JSON.stringify(built)};
const infrastructure = await ensureInfrastructure({ log: () => {} });
stopOnSignals(infrastructure.stop, console.error);
console.log(JSON.stringify([infrastructure.databaseUrl, infrastructure.natsUrl]));
`;

async function open(address: string) {
  const { hostname, port } = new URL(address);
  const connection = connect(Number(port), hostname);
  connection.on('error', silent);
  connection.resume();
  await once(connection, 'connect');
  return connection;
}
