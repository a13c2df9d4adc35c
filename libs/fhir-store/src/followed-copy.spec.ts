import type { HealthcareService } from 'fhir/r4';
import { everyone } from '#fhir';
import { parseSearch } from '#fhir-search';
import { openStore, type OpenedStore } from '../test/opened-store.js';
import type { Stored } from './stored.js';

let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore();
});
afterEach(async () => {
  await opened.empty();
  await opened.database.as(everyone).query({ text: 'DELETE FROM healthcare_service_search' });
});
afterAll(async () => {
  await opened.close();
});

function copyOf(version: number, more: Partial<Stored & HealthcareService> = {}): Stored {
  const { audience = ['public'], deleted = false, name = `walks ${String(version)}` } = more;
  const lastUpdated = new Date(Date.UTC(2026, 0, version));
  const service: HealthcareService = {
    resourceType: 'HealthcareService',
    id: 'h1',
    meta: { versionId: String(version), lastUpdated: lastUpdated.toISOString() },
    active: true,
    name,
    location: [{ reference: 'Location/l1' }],
  };
  return {
    type: 'HealthcareService',
    id: 'h1',
    version,
    lastUpdated,
    audience,
    deleted,
    content: deleted ? '' : JSON.stringify(service),
  };
}

const follow = (stored: Stored) => opened.database.transaction(everyone, (tx) => opened.store.follow(stored, tx));

async function found(asked: string, reader = ['public']): Promise<string[]> {
  const { query } = parseSearch('HealthcareService', new URLSearchParams(asked), { lenient: false });
  return (await opened.store.search(query, reader)).matches.map(({ id, version }) => `${id} v${String(version)}`);
}

const read = () => opened.store.read('HealthcareService', 'h1', everyone);

describe('a followed copy', () => {
  it('is found and read as its owner has it, without history, event or audit', async () => {
    await follow(copyOf(3));
    expect(await read()).toEqual(copyOf(3));
    expect(await found('name=walks 3&active=true&location=Location/l1')).toEqual(['h1 v3']);
    expect(await found('', ['green-gym'])).toEqual([]);
    expect(await opened.counts()).toMatchObject({ resource: 1, history: 0, outbox: 0, audit_event: 0 });
  });

  it('is replaced by a newer version, whole', async () => {
    await follow(copyOf(1));
    await follow(copyOf(3, { audience: ['green-gym'] }));
    expect(await read()).toEqual(copyOf(3, { audience: ['green-gym'] }));
    expect([await found('name=walks 1', ['*']), await found('name=walks 3', ['*'])]).toEqual([[], ['h1 v3']]);
    expect([await found(''), await found('', ['green-gym'])]).toEqual([[], ['h1 v3']]);
  });

  it('is left as it is by an older version and by the same once more', async () => {
    await follow(copyOf(3));
    const before = await opened.counts();
    await follow(copyOf(2));
    await follow(copyOf(3, { name: 'another' }));
    await follow(copyOf(1, { deleted: true }));
    expect(await read()).toEqual(copyOf(3));
    expect(await found('name=walks 3')).toEqual(['h1 v3']);
    expect(await opened.counts()).toEqual(before);
  });

  it('leaves search when it is deleted, and comes back with a newer version', async () => {
    await follow(copyOf(1));
    await follow(copyOf(2, { deleted: true }));
    expect([await found(''), await read()]).toEqual([[], copyOf(2, { deleted: true })]);
    expect(await opened.store.readMany([{ type: 'HealthcareService', id: 'h1' }], everyone)).toEqual([]);
    expect(await opened.counts()).toMatchObject({ value: 0, audience: 0 });
    await follow(copyOf(3));
    expect(await found('name=walks')).toEqual(['h1 v3']);
  });

  it('that begins as deleted is known as deleted', async () => {
    await follow(copyOf(2, { deleted: true }));
    await follow(copyOf(1));
    expect([await found(''), (await read())?.deleted]).toEqual([[], true]);
  });

  it('ends as the newest version, in whichever order and however fast they come', async () => {
    const versions = Array.from({ length: 20 }, (_, at) => copyOf(at + 1)).sort(
      (a, b) => (a.version % 7) - (b.version % 7),
    );
    await Promise.all(versions.map(follow));
    expect(await read()).toEqual(copyOf(20));
    expect(await found('')).toEqual(['h1 v20']);
    expect(await opened.rows(`SELECT value FROM healthcare_service_value WHERE parameter = 'name'`)).toEqual([
      { value: 'walks 20' },
    ]);
    expect(await opened.rows('SELECT count(*)::int AS rows FROM healthcare_service_audience')).toEqual([{ rows: 1 }]);
    expect(await opened.rows('SELECT id FROM history')).toEqual([]);
  });
});
