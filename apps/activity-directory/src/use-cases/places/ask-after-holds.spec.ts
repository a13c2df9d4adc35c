import { everyone } from '#fhir';
import { answering, openDirectory, type OpenedDirectory } from '../../../test/opened-directory.js';
import { AskAfterHolds } from './ask-after-holds.js';
import { HeldPlaces, openAtOnce } from './held-places.js';
import { SettlePlace } from './settle-place.js';
import { ShowPlaces } from './show-places.js';

const now = new Date('2027-01-12T09:00:00Z');
let directory: OpenedDirectory;

beforeAll(async () => {
  directory = await openDirectory(() => now);
}, 60_000);
afterAll(async () => {
  await directory.close();
});

it('asks after a place behind more than are asked after at once, when those cannot be settled', async () => {
  const { store, database, platform } = directory;
  const places = new HeldPlaces(database);
  const showPlaces = new ShowPlaces(store, places);
  const { questions, asked } = answering(({ hold }: { hold: string }) => {
    if (hold.endsWith('7')) throw new Error('It is not understood.');
    return { state: hold === 'newest' ? 'refused' : 'pending' };
  });
  const ask = new AskAfterHolds(places, new SettlePlace(places, showPlaces, platform), showPlaces, questions, platform);
  const stuck = Array.from({ length: 2 * openAtOnce + 3 }, (_, at) => `hold-${String(at).padStart(3, '0')}`);
  const hour = 60 * 60 * 1000;
  for (const hold of stuck) await held(places, hold, new Date(now.getTime() - hour));
  await held(places, 'newest', new Date(now.getTime() - hour / 2));
  await held(places, 'young', new Date(now.getTime() - 1));
  for (let look = 0; look < 3; look++) await ask.execute().catch(() => undefined);
  const names = asked.map((payload) => (payload as { hold: string }).hold);
  expect(names).toEqual([...stuck, 'newest']);
  expect(await places.count('pottery')).toBe(stuck.length + 1);
  // All were looked at: the first again.
  await ask.execute().catch(() => undefined);
  expect(asked[names.length]).toEqual({ hold: 'hold-000', task: 'task-of-hold-000', version: 2 });
});

async function held(places: HeldPlaces, hold: string, at: Date): Promise<void> {
  await directory.database.transaction(everyone, (tx) =>
    places.add({ hold, service: 'pottery', task: `task-of-${hold}`, version: 2 }, { now: at, confirmed: false, tx }),
  );
}
