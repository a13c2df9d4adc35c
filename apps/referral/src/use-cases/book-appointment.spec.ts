import { randomUUID } from 'node:crypto';
import type { Appointment, Slot } from 'fhir/r4';
import { everyone, FhirError, type ResourceId } from '#fhir';
import { type Act, FhirStore, withIds, type Write } from '#fhir-store';
import type { Questions } from '#messaging';
import { Database } from '#postgres';
import { heldTypes, migrateServices, schemaOf, type ServiceDefinition, serviceUrl } from '#service';
import { type FreshDatabase, preparedDatabase } from '#testing';
import { placesExtension } from '../domain/places.js';
import { BookAppointment } from './book-appointment.js';
import { ProviderDirectory } from './provider-directory.js';
import type { ReferralTasks } from './referral-tasks.js';
import type { SeenReferences } from './seen-references.js';

const definition: ServiceDefinition = { name: 'referral', follows: ['Slot'] };
const act: Act = { agent: 'green-gym', interaction: 'create', correlationId: 'c-1' };
const places = 3;

let fresh: FreshDatabase;
let admin: Database;
let one: Process;
let two: Process;
let slot: string;
/** What the directory knows of it, and nobody else yet. */
let changed: Partial<Slot>;

beforeAll(async () => {
  fresh = await preparedDatabase('referral that follows Slots', (url) => migrateServices(url, [definition]));
  admin = new Database({ url: fresh.url, schema: schemaOf('referral'), applicationName: 'test', maxConnections: 2 });
  [one, two] = [processOf(fresh.url), processOf(fresh.url)];
}, 60_000);
afterAll(async () => {
  await Promise.all([admin, one.database, two.database].map((each) => each.close()));
  await fresh.drop();
});
beforeEach(async () => {
  slot = await offered();
  changed = {};
});

describe('a place on a Slot', () => {
  it.each(['first', 'second', 'last'])('is free when the person is erased who was the %s to book', async (which) => {
    const ids = [await book(one), await book(one), await book(one)];
    await expect(book(one)).rejects.toMatchObject({ status: 409 });
    await erase(ids[['first', 'second', 'last'].indexOf(which)] ?? '');
    await book(two);
    await expect(book(one)).rejects.toMatchObject({ status: 409, message: expect.stringMatching(/full/) as string });
    expect(await taken()).toBe(places);
  });

  it('is free again and again, when all who booked are erased or cancel', async () => {
    for (let round = 0; round < 3; round++) {
      const ids = [await book(one), await book(two), await book(one)];
      await cancel(ids[1] ?? '');
      ids.push(await book(two));
      for (const id of ids) await erase(id);
    }
    expect(await taken()).toBe(0);
  });

  it('is not given in a session that its provider closed or made smaller a moment ago', async () => {
    await book(one);
    changed = { extension: [{ url: placesExtension, valuePositiveInt: 1 }] };
    await expect(book(two)).rejects.toMatchObject({ status: 409 });
    changed = { status: 'busy-unavailable' };
    await expect(book(two)).rejects.toMatchObject({ status: 409 });
    expect(await taken()).toBe(1);
  });

  it('is of the transaction that has set it aside, also where numbers before it were erased', async () => {
    const [first] = [await book(one), await book(one)];
    await erase(first);
    await book(one);
    await one.store.reservations.reserve(await reservation('goes on'));
    await expect(book(two)).rejects.toMatchObject({ status: 409 });
    expect(await taken()).toBe(2);
    await one.store.reservations.apply('goes on');
    await expect(book(two)).rejects.toMatchObject({ status: 409 });
    expect(await taken()).toBe(places);
  });

  it('is free again when that transaction is given up', async () => {
    const first = await book(one);
    await book(one);
    await erase(first);
    await one.store.reservations.reserve(await reservation('is given up'));
    await one.store.reservations.release('is given up');
    await book(two);
    await book(one);
    await expect(book(two)).rejects.toMatchObject({ status: 409 });
    expect(await taken()).toBe(places);
  });

  it('is taken by each of those whom one transaction books, and by none where one of them finds no place', async () => {
    await expect(together('b', 'd', 'a', 'c')).rejects.toMatchObject({ status: 409 });
    expect(await together('b', 'c', 'a')).toBe(places);
    await erase((await all())[1]?.id ?? '');
    await book(two);
    await expect(book(one)).rejects.toMatchObject({ status: 409, message: expect.stringMatching(/full/) as string });
  });

  it('is of the transaction that has set several aside, until that is given up', async () => {
    const writes = withIds(await plannedTogether('a', 'b'));
    await one.store.reservations.reserve({ ...(await reservation('of two')), writes });
    await expect(book(two)).rejects.toMatchObject({ status: 409 });
    await one.store.reservations.release('of two');
    for (let booked = 0; booked < places; booked++) await book(two);
    await expect(book(one)).rejects.toMatchObject({ status: 409 });
  });

  it('is one, also of an Appointment that names its Slot twice', async () => {
    const twice = { ...appointmentOn(slot), slot: [{ reference: `Slot/${slot}` }, { reference: `Slot/${slot}` }] };
    await one.store.commit(await one.bookings.book(twice, { audience: ['green-gym'], persons: [] }), act);
    await book(one);
    await book(one);
    expect(await taken()).toBe(places);
  });

  it('is never given twice, whoever books, cancels and is erased at once', async () => {
    for (let round = 0; round < 6; round++) {
      const [kept, goes] = (await all()).filter(({ status }) => status === 'booked').map(({ id = '' }) => id);
      const leaving = [
        ...(kept === undefined || round % 2 === 0 ? [] : [cancel(kept)]),
        ...(goes === undefined ? [] : [erase(goes)]),
      ];
      await Promise.all([...Array.from({ length: 12 }, (_, at) => tried(at % 2 === 0 ? one : two)), ...leaving]);
      expect(await taken()).toBeLessThanOrEqual(places);
    }
    while ((await taken()) < places) await book(two);
    await expect(book(one)).rejects.toMatchObject({ status: 409 });
  }, 60_000);
});

interface Process {
  store: FhirStore;
  database: Database;
  bookings: BookAppointment;
}

/** A server of its own, as far as bookings go. */
function processOf(url: string): Process {
  const options = { schema: schemaOf('referral'), applicationName: 'test', maxConnections: 8 };
  const database = new Database({ ...options, url: serviceUrl(url, 'referral') });
  const store = new FhirStore(database, {
    types: heldTypes(definition),
    follows: definition.follows,
    cursorSecret: 'a secret of this test',
    now: () => new Date(),
  });
  const unasked = {} as ReferralTasks & SeenReferences;
  const bookings = new BookAppointment(store, new ProviderDirectory(store, directory), unasked, unasked);
  return { store, database, bookings };
}

/** Answers as the directory does. */
const directory = {
  ask: async (_service: string, _question: string, { ids }: { ids: ResourceId[] }) =>
    (await one.store.readMany(ids, everyone)).map((stored) => {
      const content = { ...(JSON.parse(stored.content) as Slot), ...changed };
      return { ...stored, content: JSON.stringify(content) };
    }),
} as unknown as Questions;

/** A Slot as it is known here; its id. */
async function offered(): Promise<string> {
  const id = randomUUID();
  const content: Slot = {
    resourceType: 'Slot',
    id,
    status: 'free',
    schedule: { reference: 'Schedule/walks' },
    start: '2027-01-12T10:00:00Z',
    end: '2027-01-12T11:00:00Z',
    extension: [{ url: placesExtension, valuePositiveInt: places }],
  };
  const stored = { type: 'Slot', id, version: 1, lastUpdated: new Date(), audience: ['public'], deleted: false };
  await one.database.transaction(everyone, (tx) =>
    one.store.follow({ ...stored, content: JSON.stringify(content) }, tx),
  );
  return id;
}

function appointmentOn(slotId: string): Appointment {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    slot: [{ reference: `Slot/${slotId}` }],
    participant: [{ status: 'accepted' }],
  };
}

function planned({ bookings }: Process): Promise<Write[]> {
  return bookings.book(appointmentOn(slot), { audience: ['green-gym'], persons: [] });
}

/** The writes of one transaction, each Appointment with an id that ends so. */
async function plannedTogether(...ends: string[]): Promise<Write[]> {
  const start = randomUUID();
  const all = ends.map((end) => ({ ...appointmentOn(slot), id: `${start}-${end}` }));
  const sides = { audience: ['green-gym'], persons: [] };
  const writes = all.map((each) =>
    one.bookings.book(
      each,
      sides,
      all.filter((other) => other !== each),
    ),
  );
  return (await Promise.all(writes)).flat();
}

/** How many places are taken after one transaction booked these. */
async function together(...ends: string[]): Promise<number> {
  await one.store.commit(await plannedTogether(...ends), act);
  return taken();
}

async function book(process: Process): Promise<string> {
  const [stored] = await process.store.commit(await planned(process), act);
  return stored?.id ?? '';
}

/** Books as somebody who tries again when another was faster. */
async function tried(process: Process): Promise<void> {
  for (let attempt = 1; attempt <= 4; attempt++) {
    try {
      await book(process);
      return;
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 409) throw error;
    }
  }
}

async function reservation(transaction: string) {
  return { transaction, coordinator: 'referral' as const, writes: withIds(await planned(one)), act, answer: '' };
}

async function cancel(id: string): Promise<void> {
  const stored = await one.store.read('Appointment', id, everyone);
  if (!stored || stored.deleted) return;
  const { content, audience, version } = stored;
  const resource: Appointment = { ...(JSON.parse(content) as Appointment), status: 'cancelled' };
  await one.store.commit([{ interaction: 'update', resource, audience, version }], act);
}

/** What the erasure of a person does with what is his: the rows go, and the keys that they hold. */
async function erase(id: string): Promise<void> {
  await admin.transaction(everyone, async (tx) => {
    await tx.query({ text: `DELETE FROM appointment_search WHERE id = $1`, values: [id] });
    for (const table of ['resource', 'history', 'value', 'audience', 'date_value'])
      await tx.query({ text: `DELETE FROM ${table} WHERE type = 'Appointment' AND id = $1`, values: [id] });
    const held = `DELETE FROM used_key WHERE resource_type || '/' || resource_id = $1`;
    await tx.query({ text: held, values: [`Appointment/${id}`] });
  });
}

async function all(): Promise<Appointment[]> {
  const text = `SELECT content FROM resource WHERE type = 'Appointment' AND version > 0 AND content LIKE $1`;
  const rows = await admin.as(everyone).query<{ content: string }>({ text, values: [`%Slot/${slot}%`] });
  return rows.map(({ content }) => JSON.parse(content) as Appointment);
}

async function taken(): Promise<number> {
  return (await all()).filter(({ status }) => status === 'booked').length;
}
