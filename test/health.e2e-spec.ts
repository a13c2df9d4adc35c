import { Tables } from './tables.js';
import { type Answer, startWorld, type World } from './world.js';

let world: World;
const tables = new Tables(() => world);

beforeAll(async () => {
  world = await startWorld({ limits: { inFlight: 1, waiting: 1 } });
});
afterAll(async () => {
  await world.stop();
});

it('a process that takes no more requests tells whoever watches over it that it lives', async () => {
  const read = (): Promise<Answer> => world.send('provider-khl', { path: '/fhir/Patient?_count=1' });
  const sent: Promise<Answer>[] = [];
  await tables.on(async (client) => {
    await client.query('BEGIN; LOCK TABLE referral.patient IN ACCESS EXCLUSIVE MODE');
    sent.push(read(), read(), read());
    // One is answered, one waits: the other is told that there is no place, while neither is done.
    expect((await Promise.race(sent)).status).toBe(503);
    const watched = ['/health/live', '/health/ready', '/metrics'].map((path) => world.send(undefined, { path }));
    expect((await Promise.all(watched)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await client.query('ROLLBACK');
  });
  expect((await Promise.all(sent)).map(({ status }) => status).sort()).toEqual([200, 200, 503]);
});
