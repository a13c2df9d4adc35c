import { ConditionalRaces } from './faults/races/conditional-race.js';
import { sandboxTokens, startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
});

describe('1,000 conditional creates at once', () => {
  it('make one resource, ten times over, and as many as there are conditions where each has its own', async () => {
    const token = sandboxTokens().get('practice') ?? '';
    const races = new ConditionalRaces({ urls: [world.url], token, parallel: 1_000 });
    const { faults: wrong } = await races.uncontended();
    for (let round = 1; round <= 10; round++) wrong.push(...(await races.contended()).faults);
    races.close();
    expect(wrong).toEqual([]);
  }, 180_000);
});
