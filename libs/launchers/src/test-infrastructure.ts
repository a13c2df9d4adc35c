import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startContainers, type TestInfrastructure } from './containers.js';
import { swiftFolder } from './files/swift-folder.js';
import { readSettings } from './launchers.config.js';
import { startNats } from './nats/start-nats.js';
import { startPostgres } from './postgres/start-postgres.js';
import { keepFolder, removeFolderAtEnd } from './process/watchdog.js';

/** One PostgreSQL and one nats-server for a run of tests: containers where asked for and possible, otherwise embedded. */
export async function startTestInfrastructure(log: (line: string) => void): Promise<TestInfrastructure> {
  if (readSettings().testInfrastructure === 'docker') {
    const containers = await startContainers();
    if (containers) return containers;
    log('GINNEL_TEST_INFRA=docker is set, but no container engine answers: the tests take the embedded servers.');
  }
  return startEmbedded(log);
}

async function startEmbedded(log: (line: string) => void): Promise<TestInfrastructure> {
  const folder = mkdtempSync(join(swiftFolder(), 'ginnel-test-'));
  chmodSync(folder, 0o711); // under the superuser PostgreSQL runs as another user, who must pass
  removeFolderAtEnd(folder);
  const starts = await Promise.allSettled([
    startPostgres({ dataFolder: join(folder, 'postgres'), fast: true, log }),
    startNats({ storeFolder: join(folder, 'nats'), log }),
  ]);
  const running = starts.filter((start) => start.status === 'fulfilled').map(({ value }) => value);
  const [postgres, nats] = starts;
  const removals = [folder, ...(postgres.status === 'fulfilled' ? [dirname(postgres.value.dataFolder)] : [])];
  removals.forEach(removeFolderAtEnd);
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()));
    for (const removal of removals) rmSync(removal, { recursive: true, force: true });
    removals.forEach(keepFolder);
  };
  if (postgres.status === 'rejected' || nats.status === 'rejected') {
    await stop();
    throw [postgres, nats].find((start) => start.status === 'rejected')?.reason;
  }
  return { databaseUrl: postgres.value.url, natsUrl: nats.value.url, natsMonitorUrl: nats.value.monitorUrl, stop };
}
