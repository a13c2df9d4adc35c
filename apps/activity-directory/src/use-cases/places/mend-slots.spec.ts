import type { Appointment, Slot } from 'fhir/r4';
import { everyone, publicAudience } from '#fhir';
import type { Write } from '#fhir-store';
import { OwnersRecords } from '#service';
import { answering, openDirectory, type OpenedDirectory } from '../../../test/opened-directory.js';
import { placesExtension, placesTaken, withPlacesTaken } from '../../domain/places.js';
import { AllActivities } from '../all-activities.js';
import { CountPlaces } from '../count-places.js';
import { HeldPlaces } from './held-places.js';
import { MendCounts } from './mend-counts.js';
import { MendSlots } from './mend-slots.js';
import { ShowPlaces } from './show-places.js';

const act = { agent: 'test', interaction: 'test', correlationId: 'c-1' };
let directory: OpenedDirectory;

beforeAll(async () => {
  directory = await openDirectory(() => new Date('2027-01-12T09:00:00Z'));
}, 60_000);
afterAll(async () => {
  await directory.close();
});

describe('a session that shows people who are no more', () => {
  it('is counted anew, and told of, where it is still to come', async () => {
    await made('today', withPlacesTaken(slotOn('2027-01-12'), 2), ['a']);
    await made('full', withPlacesTaken(slotOn('2027-02-01'), 2), ['b', 'c']);
    await made('off', { ...withPlacesTaken(slotOn('2027-02-01'), 1), status: 'busy-unavailable' }, []);
    await made('past', withPlacesTaken(slotOn('2026-12-01'), 2), []);
    await made('new', slotOn('2027-02-01'), []);
    await mend();
    const shown = await Promise.all(['today', 'full', 'off', 'past', 'new'].map(shownOf));
    expect(shown).toEqual([
      { version: 2, status: 'free', taken: 1 },
      { version: 1, status: 'busy', taken: 2 },
      { version: 2, status: 'busy-unavailable', taken: 0 },
      { version: 1, status: 'busy', taken: 2 },
      { version: 1, status: 'free', taken: undefined },
    ]);
    expect([await eventsOf('today'), await eventsOf('off')]).toEqual([
      ['slot-created.v1', 'slot-place-freed.v1'],
      ['slot-created.v1', 'slot-place-freed.v1'],
    ]);
    await mend();
    expect(await Promise.all(['today', 'full', 'off', 'past', 'new'].map(shownOf))).toEqual(shown);
  });

  it('is free where places were added and its count is right', async () => {
    const [first, ...others] = withPlacesTaken(slotOn('2027-03-01'), 2).extension ?? [];
    const larger = [{ url: first?.url ?? '', valuePositiveInt: 3 }, ...others];
    await made('larger', { ...slotOn('2027-03-01'), status: 'free', extension: larger }, ['d', 'e', 'f']);
    const counting = counted();
    await new HeldPlaces(directory.database).together((tx) => counting.count('larger', { act, tx }));
    expect(await shownOf('larger')).toEqual({ version: 2, status: 'busy', taken: 3 });
    await changed('larger', (slot) => ({ ...slot, status: 'free' }));
    await new HeldPlaces(directory.database).together((tx) => counting.count('larger', { act, tx }));
    expect([await shownOf('larger'), await eventsOf('larger')]).toEqual([
      { version: 4, status: 'busy', taken: 3 },
      ['slot-created.v1', 'slot-place-taken.v1', 'slot-updated.v1', 'slot-updated.v1'],
    ]);
  });
});

const booked = new Map<string, string[]>();

function slotOn(day: string): Slot {
  return {
    resourceType: 'Slot',
    status: 'free',
    schedule: { reference: 'Schedule/walks' },
    start: `${day}T10:00:00Z`,
    end: `${day}T11:00:00Z`,
    extension: [{ url: placesExtension, valuePositiveInt: 2 }],
  };
}

async function made(id: string, slot: Slot, appointments: string[]): Promise<void> {
  booked.set(`Slot/${id}`, appointments);
  const create: Write = { interaction: 'create', resource: { ...slot, id }, audience: publicAudience };
  await directory.store.commit([create], act);
}

async function changed(id: string, change: (slot: Slot) => Slot): Promise<void> {
  const { version, slot } = await read(id);
  const update: Write = { interaction: 'update', resource: change(slot), audience: publicAudience, version };
  await directory.store.commit([update], act);
}

/** Counts what the referral service says is booked. */
function counted(): CountPlaces {
  const { questions } = answering(({ reference }: { reference: string }) => {
    const matches = (booked.get(reference) ?? []).map((id) => {
      const appointment: Appointment = { resourceType: 'Appointment', status: 'booked', participant: [] };
      const content = JSON.stringify(appointment);
      return { type: 'Appointment', id, version: 1, lastUpdated: new Date(), audience: [], deleted: false, content };
    });
    return { matches };
  });
  return new CountPlaces(directory.store, new OwnersRecords(questions));
}

function mend(): Promise<void> {
  const { store, database, platform } = directory;
  const places = new HeldPlaces(database);
  const mendSlots = new MendSlots(store, counted(), places, platform);
  const showPlaces = new ShowPlaces(store, places);
  return new MendCounts(new AllActivities(store), places, showPlaces, platform, mendSlots).execute();
}

async function read(id: string): Promise<{ version: number; slot: Slot }> {
  const { version = 0, content = '{}' } = (await directory.store.read('Slot', id, publicAudience)) ?? {};
  return { version, slot: JSON.parse(content) as Slot };
}

async function shownOf(id: string) {
  const { version, slot } = await read(id);
  return { version, status: slot.status, taken: placesTaken(slot) };
}

async function eventsOf(id: string): Promise<string[]> {
  const text = 'SELECT type FROM outbox WHERE resource_id = $1 ORDER BY version';
  const rows = await directory.database.as(everyone).query<{ type: string }>({ text, values: [id] });
  return rows.map(({ type }) => type);
}
