import type { FhirResource } from 'fhir/r4';
import { everyone } from '#fhir';
import { parseSearch } from '#fhir-search';
import { eventually } from '../../../test/eventually.js';
import { act, asAdmin, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import type { Stored, Write } from './stored.js';
import { withheldMigrations } from './withheld-tables.js';
import type { Withholding } from './withholdings.js';

let opened: OpenedStore;
let now = new Date('2026-03-14T09:30:00Z');

beforeAll(async () => {
  opened = await openStore({ follows: ['DocumentReference'] });
});
afterEach(async () => {
  await withhold([]);
  await opened.empty();
  now = new Date('2026-03-14T09:30:00Z');
});
afterAll(async () => {
  await opened.close();
});

const practice = ['moor-practice'];
const provider = ['beck-centre'];
const both = [...practice, ...provider];
const fromProvider: Withholding = { patient: 'p1', organisation: 'beck-centre', keeps: [] };

const task = (id: string, patient = 'p1') => taskOf({ id, for: { reference: `Patient/${patient}` } });
const tasks = () => parseSearch('Task', new URLSearchParams(), { lenient: false }).query;

async function write(resource: FhirResource, audience: readonly string[] = both): Promise<Stored> {
  const [stored] = await opened.store.commit([{ interaction: 'create', resource, audience }], act);
  return stored as Stored;
}

async function rewrite({ audience, version, content }: Stored, more: object = {}): Promise<Stored> {
  const resource = { ...(JSON.parse(content) as FhirResource), ...more };
  const [next] = await opened.store.commit([{ interaction: 'update', resource, audience, version }], act);
  return next as Stored;
}

async function remove({ type, id, audience, version }: Stored): Promise<void> {
  await opened.store.commit([{ interaction: 'delete', type, id, audience, version }], act);
}

function withhold(withholdings: readonly Withholding[], consent = 'c1'): Promise<void> {
  return opened.database.transaction(everyone, (tx) =>
    opened.store.withholdings.replace(consent, () => Promise.resolve(withholdings), { now, tx }),
  );
}

/** One connection waits for the turn of a person. */
const somebodyWaits = () => eventually(opened.waiting, (waiting) => waiting === 1);

/** Ids and versions that this reader finds, by every way that there is. */
async function seenBy(reader: readonly string[]): Promise<object> {
  const { store } = opened;
  const places = (stored: readonly Stored[]) => stored.map(({ id, version }) => `${id}/${String(version)}`).sort();
  const { matches, total } = await store.search({ ...tasks(), total: 'accurate' }, reader);
  const current = await Promise.all(['t1', 't2'].map((id) => store.read('Task', id, reader)));
  const versions = await store.readVersion('Task', 't1', 1, reader);
  return {
    read: places(current.filter((one) => one !== undefined)),
    search: places(matches),
    total,
    vread: versions?.version,
    history: places(await store.history('Task', 't1', reader, { count: 50 })),
    all: places(await store.historyOf({ type: 'Task' }, reader, { count: 50 })),
  };
}

describe('what a Consent withholds', () => {
  it('is hidden in every version, from that organisation alone, and comes back as it was', async () => {
    const first = await write(task('t1'));
    await rewrite(first, { status: 'accepted' });
    await write(task('t2'));
    const open = await seenBy(provider);
    await withhold([fromProvider]);
    expect(await seenBy(provider)).toEqual({ read: [], search: [], total: 0, vread: undefined, history: [], all: [] });
    expect(await seenBy(practice)).toEqual(open);
    await withhold([]);
    expect(await seenBy(provider)).toEqual(open);
    expect(await opened.rows(`SELECT 1 FROM history WHERE array_to_string(audience, ',') LIKE '%!%'`)).toEqual([]);
  });

  it('is said once, however often the same Consent comes', async () => {
    await write(task('t1'));
    await withhold([fromProvider]);
    const marks = await opened.rows('SELECT id, audience FROM resource');
    await withhold([fromProvider]);
    expect(await opened.rows('SELECT id, audience FROM resource')).toEqual(marks);
    expect(marks).toEqual([{ id: 't1', audience: ['!beck-centre', 'moor-practice'] }]);
  });

  it('leaves the records of everybody else', async () => {
    await write(task('t1', 'p2'));
    await withhold([fromProvider]);
    expect(await seenBy(provider)).toMatchObject({ read: ['t1/1'], search: ['t1/1'] });
  });

  it('holds for what is written afterwards: created, changed, deleted, alone and together', async () => {
    const before = await write(task('t1'));
    await withhold([fromProvider]);
    const changed = await rewrite(before);
    await write(task('t2'));
    await opened.store.commit([create(task('t3'), both), create(task('t4'), both)], act);
    await Promise.all(['t5', 't6', 't7', 't8'].map((id) => write(task(id))));
    await remove(changed);
    const hidden = { read: [], search: [], total: 0, vread: undefined, history: [], all: [] };
    expect(await seenBy(provider)).toEqual(hidden);
    const marks = await opened.rows('SELECT DISTINCT audience FROM outbox WHERE version > 1 OR resource_id <> $1', [
      't1',
    ]);
    expect(marks).toEqual([{ audience: ['!beck-centre', 'moor-practice'] }]);
  });

  it('holds for events that wait to be sent', async () => {
    await write(task('t1'));
    await withhold([fromProvider]);
    expect(await opened.rows('SELECT audience FROM outbox')).toEqual([{ audience: ['!beck-centre', 'moor-practice'] }]);
  });

  it('holds for followed copies, also for one that comes later or says what was withheld once', async () => {
    const copy = (id: string, audience: readonly string[]): Stored => ({
      type: 'HealthcareService',
      id,
      version: 1,
      lastUpdated: now,
      audience,
      deleted: false,
      content: `{"resourceType":"HealthcareService","id":"${id}","extension":[{"url":"x","valueReference":{"reference":"Patient/p1"}}]}`,
    });
    const follow = (stored: Stored) => opened.database.transaction(everyone, (tx) => opened.store.follow(stored, tx));
    await follow(copy('h1', both));
    await withhold([fromProvider]);
    await follow(copy('h2', both));
    const seen = () =>
      opened.store.readMany(
        ['h1', 'h2', 'h3'].map((id) => ({ type: 'HealthcareService', id })),
        provider,
      );
    expect(await seen()).toEqual([]);
    await withhold([]);
    await follow(copy('h3', ['!beck-centre', 'moor-practice']));
    expect((await seen()).map(({ id }) => id)).toEqual(['h1', 'h2', 'h3']);
  });

  it('keeps the label that a row bears', async () => {
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
    await write({ ...task('t1'), meta: { security } });
    await withhold([fromProvider]);
    expect(await opened.rows('SELECT audience FROM resource')).toEqual([
      { audience: ['!beck-centre#R', 'moor-practice#R'] },
    ]);
    await withhold([]);
    expect(await opened.rows('SELECT audience FROM resource')).toEqual([
      { audience: ['beck-centre#R', 'moor-practice#R'] },
    ]);
  });

  it('may be everybody’s but for those who keep the records', async () => {
    await write(task('t1'), [...both, 'dale-trust', 'public']);
    await withhold([{ patient: 'p1', organisation: '*', keeps: practice }]);
    expect(await opened.rows('SELECT audience FROM resource')).toEqual([
      { audience: ['!beck-centre', '!dale-trust', 'moor-practice', 'public'] },
    ]);
  });

  it('stays as long as one of several Consents says so', async () => {
    await write(task('t1'));
    await withhold([fromProvider], 'c1');
    await withhold([fromProvider], 'c2');
    await withhold([], 'c1');
    expect(await seenBy(provider)).toMatchObject({ read: [] });
    await withhold([], 'c2');
    expect(await seenBy(provider)).toMatchObject({ read: ['t1/1'] });
  });

  it('concerns a resource that is about two persons as long as it is withheld for one of them', async () => {
    await write({ ...task('t1'), note: [{ text: 'x', authorReference: { reference: 'Patient/p2' } }] });
    await withhold([fromProvider], 'c1');
    await withhold([{ ...fromProvider, patient: 'p2' }], 'c2');
    await withhold([], 'c1');
    expect(await seenBy(provider)).toMatchObject({ read: [] });
    await withhold([], 'c2');
    expect(await seenBy(provider)).toMatchObject({ read: ['t1/1'] });
  });

  it('is found for what its content does not say', async () => {
    const silent: Write = { interaction: 'create', resource: taskOf({ id: 't1' }), audience: both, persons: ['p1'] };
    const [made] = await opened.store.commit([silent], act);
    await withhold([fromProvider]);
    expect(await seenBy(provider)).toMatchObject({ read: [] });
    await rewrite(made as Stored, { status: 'accepted' });
    expect(await seenBy(provider)).toMatchObject({ read: [], history: [] });
  });

  it('is found for what was stored before anybody noted whom it is about', async () => {
    const first = await write(task('t1'));
    await rewrite(first, { for: { reference: 'Patient/p2' } });
    await write({ resourceType: 'Patient', id: 'p1', link: [{ other: { reference: 'Patient/p2' }, type: 'seealso' }] });
    const url = 'Binary/b1';
    const document = {
      resourceType: 'DocumentReference',
      subject: { reference: 'Patient/p1' },
      content: [{ attachment: { url } }],
    };
    await opened.rows(`INSERT INTO document_reference (type, id, version, last_updated, audience, deleted, content)
      VALUES ('DocumentReference', 'd1', 1, now(), '{}', false, '${JSON.stringify(document)}')`);
    const noted = () =>
      opened.rows("SELECT patient || ' ' || type || ' ' || id AS noted FROM person_record ORDER BY 1");
    await opened.rows('DELETE FROM person_record');
    const statements = withheldMigrations.at(-1)?.up ?? [];
    await asAdmin(opened.adminUrl, ['BEGIN', 'SET search_path = referral', ...statements, 'COMMIT'].join(';\n'));
    expect((await noted()).map((row) => row.noted)).toEqual([
      'p1 Binary b1',
      'p1 DocumentReference d1',
      'p1 Patient p1',
      'p1 Task t1',
      'p2 Task t1',
    ]);
  });

  it('begins and ends with its period', async () => {
    await write(task('t1'));
    const day = (number: number) => new Date(Date.UTC(2026, 2, number));
    await withhold([{ ...fromProvider, starts: day(20), ends: day(25) }]);
    const seenOn = async (date: Date) => {
      await opened.store.withholdings.keepTime(date);
      return (await opened.store.read('Task', 't1', provider)) !== undefined;
    };
    expect([await seenOn(day(19)), await seenOn(day(20)), await seenOn(day(24)), await seenOn(day(25))]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

describe('a Consent that comes while records are written', () => {
  it('waits for a write that began before it, and marks what that wrote', async () => {
    const { store, database } = opened.beside({ applicationName: 'writer' });
    let end: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (end = resolve));
    let began: () => void = () => undefined;
    const written = new Promise<void>((resolve) => (began = resolve));
    const writing = database.transaction(everyone, async (tx) => {
      await store.commit([create(task('t1'), both)], act, tx);
      began();
      await held;
    });
    await written;
    const consenting = withhold([fromProvider]);
    await somebodyWaits();
    end();
    await Promise.all([writing, consenting]);
    expect(await seenBy(provider)).toMatchObject({ read: [], search: [] });
  });

  it('is seen by a write that had to wait for it, also in the version that this replaces', async () => {
    const stored = await write(task('t1'));
    let end: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (end = resolve));
    let applied: () => void = () => undefined;
    const marked = new Promise<void>((resolve) => (applied = resolve));
    const consenting = opened.database.transaction(everyone, async (tx) => {
      await opened.store.withholdings.replace('c1', () => Promise.resolve([fromProvider]), { now, tx });
      applied();
      await held;
    });
    await marked;
    const writing = rewrite(stored, { status: 'accepted' });
    await somebodyWaits();
    end();
    await Promise.all([consenting, writing]);
    expect(await seenBy(provider)).toEqual({ read: [], search: [], total: 0, vread: undefined, history: [], all: [] });
  });

  it('lets nothing slip through, whoever is faster', async () => {
    for (let round = 0; round < 8; round++) {
      const first = await write(task(`a${String(round)}`));
      const all: Promise<unknown>[] = [
        ...Array.from({ length: 12 }, (_, at) => write(task(`r${String(round)}-${String(at)}`))),
        rewrite(first, { status: 'accepted' }),
      ];
      void all.splice(round % 12, 0, withhold([fromProvider]));
      await Promise.all(all);
      const open = await opened.rows(`SELECT type, id FROM every_version WHERE audience && ARRAY['beck-centre']
        UNION ALL SELECT type, id FROM audience WHERE organisation = 'beck-centre'
        UNION ALL SELECT type, id FROM past_audience WHERE organisation = 'beck-centre'
        UNION ALL SELECT resource_type, resource_id FROM outbox WHERE audience && ARRAY['beck-centre']`);
      expect(open).toEqual([]);
      await withhold([]);
    }
  });
});
