import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { attack } from './hostile/attack.js';
import { sandboxTokens, startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const megabyte = 1024 * 1024;

function memory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const seed = 20_261_121;

it(`10,000 hostile requests break nothing (seed ${String(seed)})`, async () => {
  const tokens = [...sandboxTokens().values()];
  // What is made when it is first needed (compiled checks, statements) is no leak.
  await attack({ url: world.url, seed: seed + 1, count: 500, tokens });
  const before = memory();
  const { broken, speechless, statuses } = await attack({ url: world.url, seed, count: 10_000, tokens });
  expect({ broken, speechless }).toEqual({ broken: [], speechless: [] });
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(10_000);
  expect(statuses.get(200)).toBeGreaterThan(0);
  expect((memory() - before) / megabyte).toBeLessThan(100);
  const health = await world.send('practice', { path: '/fhir/Task?_count=1' });
  expect(health.status).toBe(200);
}, 300_000);
