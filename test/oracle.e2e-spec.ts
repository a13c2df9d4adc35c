import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freshDatabase, type FreshDatabase, testInfrastructure } from '#testing';
import { holedBuild } from './oracle/holed-build.js';
import { type OracleResult, playOracle } from './oracle/play-oracle.js';

const pairs = 20_000;
const seed = 20_261_122;
let databases: readonly FreshDatabase[];

beforeAll(async () => {
  databases = [await freshDatabase(), await freshDatabase()];
});
afterAll(async () => {
  for (const database of databases) await database.drop();
});

function groundOn(at: number) {
  const { natsUrl, natsMonitorUrl } = testInfrastructure();
  return { databaseUrl: databases[at]?.url ?? '', natsUrl, natsMonitorUrl };
}

it(`answers each of ${String(pairs)} random pairs of an actor and a query as a look at every resource does (seed ${String(seed)})`, async () => {
  const result = await playOracle(groundOn(0), { seed, pairs });
  expect(result.faults.slice(0, 3)).toEqual([]);
  expect(result.foreign).toEqual([]);
  expect(result.pairs).toBe(pairs);
  expect(result.told).toBeGreaterThan(pairs / 4);
}, 900_000);

it('finds a hole: without the filter of includes it sees wrong answers, and row-level security still gives no content away', async () => {
  const hole = { file: 'libs/fhir-store/src/include-parts.js', text: ',\n        ...seenBy(scope)' };
  const build = holedBuild(hole);
  try {
    const { databaseUrl, natsUrl, natsMonitorUrl } = groundOn(1);
    const servers = ['--database', databaseUrl, '--nats', natsUrl, '--monitor', natsMonitorUrl];
    const plan = ['--seed', String(seed), '--pairs', '3000'];
    const { stdout } = await promisify(execFile)(process.execPath, [
      build.at('test/oracle/main.js'),
      ...servers,
      ...plan,
    ]);
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as OracleResult;
    expect(result.faults.some(({ leaked }) => leaked.length > 0)).toBe(true);
    expect(result.foreign).toEqual([]);
  } finally {
    build.remove();
  }
}, 900_000);
