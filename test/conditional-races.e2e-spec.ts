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
  it('make one resource, ten times over, and are answered at least half as fast as if nobody met', async () => {
    const token = sandboxTokens().get('practice') ?? '';
    const races = new ConditionalRaces({ urls: [world.url], token, parallel: 1_000 });
    const { faults: wrong } = await races.uncontended();
    const [contended, uncontended]: [number[], number[]] = [[], []];
    for (let round = 1; round <= 10; round++) {
      const race = await races.contended();
      wrong.push(...race.faults);
      contended.push(race.ms);
      if (round % 5 > 0) continue;
      const alone = await races.uncontended();
      wrong.push(...alone.faults);
      uncontended.push(alone.ms);
    }
    races.close();
    expect(wrong).toEqual([]);
    expect(Math.min(...contended)).toBeLessThan(2 * Math.max(...uncontended));
  }, 180_000);
});
