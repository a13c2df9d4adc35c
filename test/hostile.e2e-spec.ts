import { attack } from './hostile/attack.js';
import { heldMemory } from './hostile/memory.js';
import { sandboxTokens, startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
});

const megabyte = 1024 * 1024;
const seed = 20_261_121;

it(`10,000 hostile requests break nothing (seed ${String(seed)})`, async () => {
  const tokens = [...sandboxTokens().values()];
  // What is made when it is first needed (compiled checks, statements) is no leak.
  await attack({ url: world.url, seed: seed + 1, count: 500, tokens });
  const before = heldMemory();
  const { broken, speechless, statuses } = await attack({ url: world.url, seed, count: 10_000, tokens });
  expect({ broken, speechless }).toEqual({ broken: [], speechless: [] });
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(10_000);
  expect(statuses.get(200)).toBeGreaterThan(0);
  expect((heldMemory() - before) / megabyte).toBeLessThan(100);
  const health = await world.send('practice', { path: '/fhir/Task?_count=1' });
  expect(health.status).toBe(200);
}, 300_000);
