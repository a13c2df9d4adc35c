// Starts one PostgreSQL and one nats-server for the whole run of tests; the workers inherit the addresses.
import { existsSync } from 'node:fs';

const launchers = new URL('../dist/libs/launchers/src/index.js', import.meta.url);

export default async function startInfrastructure() {
  if (!existsSync(launchers)) throw new Error('The tests need the built launchers: run npm run build first.');
  const { startTestInfrastructure } = await import(launchers.href);
  const log = (line) => process.stderr.write(`${line}\n`);
  const infrastructure = await startTestInfrastructure(log);
  process.env.GINNEL_TEST_DATABASE_URL = infrastructure.databaseUrl;
  process.env.GINNEL_TEST_NATS_URL = infrastructure.natsUrl;
  process.env.GINNEL_TEST_NATS_MONITOR_URL = infrastructure.natsMonitorUrl;
  globalThis.ginnelTestInfrastructure = infrastructure;
}
