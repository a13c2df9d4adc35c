import type { Appointment, Patient, Task } from 'fhir/r4';
import type { FhirError } from '#fhir';
import { Random } from '../test/random.js';
import { act, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { DuplicateKey, type Stored, type Write } from './stored.js';

const now = new Date('2026-03-14T09:30:00.123Z');
let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore({ now: () => now });
});
afterEach(async () => {
  await opened.empty();
});
afterAll(async () => {
  await opened.close();
});

const commit = (writes: readonly Write[], more: object = {}) => opened.store.commit(writes, { ...act, ...more });

const replace = (stored: Stored, more: Partial<Task> = {}, version = stored.version): Write => ({
  interaction: 'update',
  resource: { ...(JSON.parse(stored.content) as Task), ...more },
  audience: stored.audience,
  version,
});

const remove = ({ type, id, version, audience }: Stored): Write => ({
  interaction: 'delete',
  type,
  id,
  version,
  audience,
});

async function created(more: Partial<Task> = {}): Promise<Stored> {
  const [stored] = await commit([create(taskOf(more))]);
  return stored as Stored;
}

const answers = (results: readonly PromiseSettledResult<unknown>[]) => {
  const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
  return { written: results.length - refused.length, refused };
};

describe('a commit that conflicts', () => {
  const conflict = {
    status: 409,
    issues: [{ severity: 'error', code: 'conflict', diagnostics: expect.any(String) as string }],
  };

  it('lets one of a hundred writers of a version win, and the others leave nothing behind', async () => {
    const stored = await created({ id: 't1', identifier: [{ value: 'first' }] });
    const before = await opened.counts();
    const { written, refused } = answers(
      await Promise.allSettled(
        Array.from({ length: 100 }, (_, at) =>
          commit([replace(stored, { identifier: [{ value: `w${String(at)}` }] })]),
        ),
      ),
    );
    expect([written, refused.length]).toEqual([1, 99]);
    for (const error of refused) expect(error).toMatchObject(conflict);
    expect(await opened.counts()).toEqual({
      ...before,
      history: 1,
      past_audience: 2,
      outbox: 2,
      audit_event: 2,
    });
  });

  it('refuses a version that is not there yet, and one of a resource that is not there', async () => {
    const stored = await created({ id: 't1' });
    const before = await opened.counts();
    await expect(commit([replace(stored, {}, 5)])).rejects.toMatchObject(conflict);
    await expect(commit([replace({ ...stored, id: 't2' }, { id: 't2' })])).rejects.toMatchObject(conflict);
    await expect(commit([remove({ ...stored, version: 2 })])).rejects.toMatchObject(conflict);
    await expect(commit([create(taskOf()), remove({ ...stored, id: 'none' })])).rejects.toMatchObject(conflict);
    expect(await opened.counts()).toEqual(before);
  });

  it('refuses an id that exists, also of a deleted resource', async () => {
    const stored = await created({ id: 't1' });
    await expect(commit([create(taskOf({ id: 't2' })), create(taskOf({ id: 't1' }))])).rejects.toMatchObject(conflict);
    await commit([remove(stored)]);
    await expect(commit([create(taskOf({ id: 't1' }))])).rejects.toMatchObject(conflict);
    expect(await opened.counts()).toMatchObject({ resource: 1, history: 1, outbox: 2, audit_event: 2 });
  });

  it('refuses one resource twice in one request', async () => {
    const stored = await created({ id: 't1' });
    await expect(commit([replace(stored), remove(stored)])).rejects.toMatchObject({
      status: 400,
      issues: [{ code: 'invalid', diagnostics: 'Task/t1 is written twice in one request; send it once.' }],
    });
  });

  it('tells a request that came twice, and writes nothing', async () => {
    await commit([create(taskOf())], { keys: ['other', 'request|1'] });
    const before = await opened.counts();
    const again = commit([create(taskOf())], { keys: ['new', 'request|1'] });
    await expect(again).rejects.toThrow(DuplicateKey);
    await expect(again).rejects.toMatchObject({ key: 'request|1' });
    expect(await opened.counts()).toEqual(before);
    expect([await opened.store.wasUsed('request|1'), await opened.store.wasUsed('new')]).toEqual([true, false]);
  });

  it('knows keys of any length apart', async () => {
    const long = 'criteria '.repeat(1000);
    await commit([create(taskOf())], { keys: [`${long}1`] });
    await commit([create(taskOf())], { keys: [`${long}2`] });
    await expect(commit([create(taskOf())], { keys: [`${long}1`] })).rejects.toThrow(DuplicateKey);
    expect(await opened.store.wasUsed(`${long}2`)).toBe(true);
  });

  it('gives a key of a write to one only: a place is taken', async () => {
    const taking = (keys: string[]): Write => ({
      interaction: 'create',
      resource: { resourceType: 'Appointment', status: 'booked', participant: [] } satisfies Appointment,
      audience: ['a'],
      keys,
    });
    const { written, refused } = answers(
      await Promise.allSettled(
        Array.from({ length: 50 }, (_, at) =>
          commit([taking(['slot/1|place/1'])], { keys: [`slot/1|place/1|${String(at)}`] }),
        ),
      ),
    );
    expect([written, refused.length]).toEqual([1, 49]);
    for (const error of refused) expect(error).toMatchObject(conflict);
    await expect(commit([taking(['slot/2']), taking(['slot/2'])])).rejects.toMatchObject(conflict);
    expect(await opened.counts()).toMatchObject({ resource: 1, used_key: 2, audit_event: 1 });
  });

  it('tells what became of a key, and keeps it from whoever comes later', async () => {
    const using = (key: string) => commit([{ ...create(taskOf()), keys: [key] }]);
    await using('used');
    const decided = [await opened.store.decideKey('used'), await opened.store.decideKey('late')];
    await expect(using('late')).rejects.toMatchObject(conflict);
    expect([...decided, await opened.store.decideKey('late')]).toEqual(['used', 'refused', 'refused']);
  });

  it('lets one of a hundred conditional creates through', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => commit([create(taskOf())], { keys: ['a|Task|identifier=1'] })),
    );
    const { written, refused } = answers(results);
    expect([written, refused.every((error) => error instanceof DuplicateKey)]).toEqual([1, true]);
    expect(await opened.counts()).toMatchObject({ resource: 1, outbox: 1, audit_event: 1, used_key: 1 });
  });

  it('never lets writers of the same resources wait for each other in a ring', async () => {
    const ids = Array.from({ length: 12 }, (_, at) => `t${String(at)}`);
    const patients = ids.map((id) => ({ resourceType: 'Patient', id }) satisfies Patient);
    await commit([
      ...ids.map((id) => create(taskOf({ id }))),
      ...patients.map((resource): Write => ({ interaction: 'create', resource, audience: ['a'] })),
    ]);
    const versions = new Map<string, number>();
    const random = new Random(7);
    const wave = async (round: number) => {
      const commits = Array.from({ length: 40 }, (_, at) => {
        const writes = random
          .shuffled([...ids, ...patients])
          .slice(0, 6)
          .map((each): Write => {
            const resource = typeof each === 'string' ? taskOf({ id: each }) : each;
            const { resourceType: type, id = '' } = resource;
            const version = versions.get(`${type}/${id}`) ?? 1;
            return random.chance(0.3)
              ? { interaction: 'delete', type, id, version, audience: ['a'] }
              : { interaction: 'update', resource, version, audience: ['a'] };
          });
        const keys = random.shuffled(['x', 'y', 'z', String(at)]).map((key) => `${String(round)}|${key}`);
        return commit([...writes, create(taskOf())], { keys: at % 2 === 0 ? [] : keys.slice(0, 2) });
      });
      const results = await Promise.allSettled(commits);
      for (const result of results) {
        if (result.status === 'rejected') continue;
        for (const { type, id, version } of result.value) versions.set(`${type}/${id}`, version);
      }
      return results;
    };
    const results = [];
    for (let round = 0; round < 10; round++) results.push(...(await wave(round)));
    const { written, refused } = answers(results);
    expect(written).toBeGreaterThanOrEqual(10);
    const others = refused.filter((error) => !(error instanceof DuplicateKey) && (error as FhirError).status !== 409);
    expect(others).toEqual([]);
    await everyTableAgrees();
  });

  it('leaves no index row of a version that was replaced meanwhile', async () => {
    const stored = await created({ id: 't1', identifier: [{ value: 'v1' }] });
    const writers = [1, 2, 3].flatMap((version) =>
      Array.from({ length: 10 }, () =>
        commit([replace(stored, { identifier: [{ value: `after ${String(version)}` }] }, version)]),
      ),
    );
    await Promise.allSettled(writers);
    await everyTableAgrees();
    const [row] = await opened.rows(`SELECT count(*)::int AS values FROM task_value WHERE parameter = 'identifier'`);
    expect(row).toEqual({ values: 1 });
  });

  /** Content, newest history, search rows, audience and the newest event speak of the same version. */
  async function everyTableAgrees(): Promise<void> {
    expect(
      await opened.rows(`
        SELECT r.type, r.id FROM resource r
        LEFT JOIN LATERAL (SELECT max(version) AS newest, count(*) AS versions FROM every_version h WHERE h.type = r.type AND h.id = r.id) h ON true
        LEFT JOIN LATERAL (SELECT max(version) AS newest, count(*) AS versions FROM outbox o
          WHERE o.resource_type = r.type AND o.resource_id = r.id) o ON true
        LEFT JOIN LATERAL (SELECT array_agg(organisation ORDER BY organisation) AS sees FROM audience a
          WHERE a.type = r.type AND a.id = r.id) a ON true
        LEFT JOIN (SELECT 'Task' AS type, id FROM task_search UNION ALL SELECT 'Patient', id FROM patient_search) s
          ON s.type = r.type AND s.id = r.id
        WHERE h.newest <> r.version OR h.versions <> r.version OR o.newest <> r.version OR o.versions <> r.version
          OR (SELECT count(*) FROM past_audience p WHERE p.type = r.type AND p.id = r.id AND p.organisation = '*') <> r.version - (NOT r.deleted)::int
          OR (s.id IS NULL) <> r.deleted OR (NOT r.deleted AND a.sees IS DISTINCT FROM r.audience)`),
    ).toEqual([]);
  }
});
