import { Actors } from './outcome-actors.js';
import { SummaryReaders, wordsOf } from './outcome-world.js';
import { businessOf, TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

const khl = 'provider-khl';

let world: World;
const actors = new Actors(() => world);
const readers = new SummaryReaders(() => world, actors);
const turns = new TurnActors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('sessions that nobody kept as Appointments', () => {
  it('are told as not recorded, and not as none, where the provider does not say how many there were', async () => {
    const referral = await actors.refer();
    const done = (code: string, values = {}) => turns.done(khl, referral.part, code, values);
    await done('accept');
    const now = () => new Date().toISOString();
    await done('start', { date: { valueDateTime: now() } });
    const told: unknown[] = [];
    for (const code of ['record-session', 'did-not-attend', 'record-session']) {
      told.push(businessOf(await done(code, { occurredAt: { valueDateTime: now() } })));
    }
    expect(told).toEqual(['session-recorded', 'dna', 'session-recorded']);
    await done('complete', { needMet: { valueCode: 'fully' } });
    const words = wordsOf(await readers.composition(await readers.current(referral))).replace(/ +/g, ' ');
    expect(words).toContain('Staying Steady Keighley Healthy Living completed' + ' not recorded'.repeat(5));
  });
});
