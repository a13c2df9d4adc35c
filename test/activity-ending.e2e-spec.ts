import type { Bundle, HealthcareService } from 'fhir/r4';
import { newActivity, takenAt } from './directory-actors.js';
import { eventually } from './eventually.js';
import { ReferralActors, requestFor } from './referral-actors.js';
import { Tables } from './tables.js';
import { startWorld, type World } from './world.js';

let world: World;
let now = new Date('2026-11-22T09:00:00Z');
const actors = new ReferralActors(() => world);
const tables = new Tables(() => world);

beforeAll(async () => {
  world = await startWorld({ now: () => now });
});

afterAll(async () => {
  await world.stop();
});

it('tells of an activity twelve weeks before it ends, once for each last day', async () => {
  const [soon, later] = [
    await newActivity(actors, { fundedUntil: '2027-01-31' }),
    await newActivity(actors, { lastDay: '2027-06-30' }),
  ];
  passes(2);
  await told(soon, ['2027-01-31']);
  const service = await actors.read<HealthcareService>('practice', `HealthcareService/${soon}`);
  const longer = (service.extension ?? []).map((one) => (one.valueDate ? { ...one, valueDate: '2027-02-10' } : one));
  const own = longer.filter(({ url }) => url.endsWith('/funded-until'));
  expect((await actors.put('provider-khl', { ...service, extension: own })).status).toBe(200);
  passes(2);
  await told(soon, ['2027-01-31', '2027-02-10']);
  now = new Date('2027-04-10T09:00:00Z');
  await told(later, ['2027-06-30']);
  expect(await endingsOf(soon)).toEqual(['2027-01-31', '2027-02-10']);
});

it('shows a place as free again when the one who had it was erased, and takes the next one', async () => {
  const activity = await newActivity(actors, { places: 1 });
  const { part } = await actors.refer(activity);
  await actors.move('provider-khl', part, { status: 'accepted' });
  await eventually(
    () => tables.on((client) => client.query('SELECT 1 FROM activity_directory.held_place WHERE confirmed')),
    ({ rows }) => rows.length === 1,
  );
  const next = requestFor(`Patient/${await actors.person()}`, activity);
  expect((await actors.post('practice', next)).status).toBe(422);
  // What an erasure does here, between the services.
  await tables.on((client) => client.query('DELETE FROM activity_directory.held_place'));
  passes(2);
  await eventually(
    async () => takenAt(await actors.read<HealthcareService>('practice', `HealthcareService/${activity}`)),
    (taken) => taken === 0,
  );
  expect((await actors.post('practice', next)).status).toBe(201);
});

async function told(id: string, days: readonly string[]): Promise<void> {
  await eventually(
    () => endingsOf(id),
    (endings) => endings.join() === days.join(),
  );
}

function passes(minutes: number): void {
  now = new Date(now.getTime() + minutes * 60_000);
}

/** Of which last days it was told, in order: an edit keeps what was told. */
async function endingsOf(id: string): Promise<string[]> {
  const { entry = [] } = await actors.read<Bundle>('practice', `HealthcareService/${id}/_history`);
  const told = entry.reverse().map(({ resource }) => {
    const { extension = [] } = resource as HealthcareService;
    return extension.find(({ url }) => url.endsWith('/ending-told'))?.valueDate;
  });
  return told.filter((day, at) => day !== undefined && day !== told[at - 1]).map((day = '') => day);
}
