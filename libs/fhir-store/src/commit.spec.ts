import type { HealthcareService, Observation, Patient, Task } from 'fhir/r4';
import { everyone, parseJson } from '#fhir';
import { act, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import type { Stored, Write } from './stored.js';

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

describe('a commit', () => {
  it('stores the exact bytes that it answers, with id, version and time set', async () => {
    const stored = await created({ id: 't1', status: 'requested', description: 'walks “daily” \\ é 😀 \u2028' });
    expect(stored).toEqual({
      type: 'Task',
      id: 't1',
      version: 1,
      lastUpdated: now,
      audience: ['moor-practice'],
      deleted: false,
      content:
        '{"resourceType":"Task","id":"t1","meta":{"versionId":"1","lastUpdated":"2026-03-14T09:30:00.123Z"},"status":"requested","intent":"order","description":"walks “daily” \\\\ é 😀 \u2028"}',
    });
    expect(await opened.store.read('Task', 't1', ['moor-practice'])).toEqual(stored);
    expect(await opened.store.readVersion('Task', 't1', 1, ['moor-practice'])).toEqual(stored);
  });

  it('gives a new id where none is said, and keeps what else stands in meta', async () => {
    const stored = await created({ meta: { profile: ['https://ginnel.example/p'], versionId: '7' } });
    expect(stored.id).toMatch(/^[0-9a-f-]{36}$/);
    expect((JSON.parse(stored.content) as Task).meta).toEqual({
      profile: ['https://ginnel.example/p'],
      versionId: '1',
      lastUpdated: now.toISOString(),
    });
  });

  it('keeps the digits of decimals', async () => {
    const text =
      '{"resourceType":"Observation","status":"final","code":{"text":"weight"},"valueQuantity":{"value":72.50,"unit":"kg"},"component":[{"code":{"text":"c"},"valueQuantity":{"value":1E2}}]}';
    const [stored] = await commitObservation(parseJson(text) as Observation);
    expect(stored?.content).toContain('"value":72.50');
    expect(stored?.content).toContain('"value":1E2');
  });

  it('writes audit, outbox and key beside each version', async () => {
    const [task] = await commit([{ ...create(taskOf({ id: 't1' }), ['b', 'a', 'b']), event: 'referral-opened.v1' }], {
      organisation: 'moor-practice',
      requestId: 'r-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      keys: ['one'],
    });
    await commit([replace(task as Stored, { status: 'received' })], { interaction: 'update' });
    await commit([remove({ ...(task as Stored), version: 2 })], { interaction: 'delete', agent: 'referral' });
    const common = { resource_type: 'Task', resource_id: 't1', audience: ['a', 'b'], correlation_id: 'c-1' };
    expect(
      await opened.rows(
        `SELECT type, resource_type, resource_id, version, audience, agent, correlation_id, traceparent, occurred_at,
           published_at FROM outbox ORDER BY id`,
      ),
    ).toEqual([
      {
        ...common,
        type: 'referral-opened.v1',
        version: 1,
        agent: 'gp-practice',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        occurred_at: now,
        published_at: null,
      },
      {
        ...common,
        type: 'task-updated.v1',
        version: 2,
        agent: 'gp-practice',
        traceparent: null,
        occurred_at: now,
        published_at: null,
      },
      {
        ...common,
        type: 'task-deleted.v1',
        version: 3,
        agent: 'referral',
        traceparent: null,
        occurred_at: now,
        published_at: null,
      },
    ]);
    expect(
      await opened.rows(
        `SELECT agent, organisation, interaction, entities, request_id, correlation_id, recorded, length(digest) AS digest
         FROM audit_event ORDER BY entities`,
      ),
    ).toEqual(
      [
        { agent: 'gp-practice', organisation: 'moor-practice', interaction: 'create', version: 1, request_id: 'r-1' },
        { agent: 'gp-practice', organisation: null, interaction: 'update', version: 2, request_id: null },
        { agent: 'referral', organisation: null, interaction: 'delete', version: 3, request_id: null },
      ].map(({ version, ...row }) => ({
        ...row,
        entities: [`Task/t1/_history/${String(version)}`],
        correlation_id: 'c-1',
        recorded: now,
        digest: 32,
      })),
    );
    expect(await opened.rows('SELECT key, used_at FROM used_key')).toEqual([{ key: 'one', used_at: now }]);
    expect(await opened.store.history('Task', 't1', ['a'], { count: 10 })).toMatchObject([
      { version: 3, deleted: true, content: '' },
      { version: 2, deleted: false },
      { version: 1, deleted: false },
    ]);
    expect(await opened.counts()).toMatchObject({ resource: 1, history: 2, value: 0, audience: 0, task_search: 0 });
  });

  it('writes several types at once, in the order of the writes', async () => {
    const seen = await commit([
      create(taskOf({ id: 't1' })),
      { interaction: 'create', resource: { resourceType: 'Patient', id: 'p1' } as Patient, audience: ['a'] },
      create(taskOf({ id: 't0' })),
    ]);
    expect(seen.map(({ type, id }) => `${type}/${id}`)).toEqual(['Task/t1', 'Patient/p1', 'Task/t0']);
    const [t1, p1] = seen as [Stored, Stored, Stored];
    await commit([
      remove(t1),
      { interaction: 'update', resource: { resourceType: 'Patient', id: 'p1' }, audience: ['b'], version: p1.version },
      create(taskOf({ id: 't2' })),
    ]);
    expect(await opened.rows('SELECT type, id, version, audience, deleted FROM resource ORDER BY type, id')).toEqual([
      { type: 'Patient', id: 'p1', version: 2, audience: ['b'], deleted: false },
      { type: 'Task', id: 't0', version: 1, audience: ['moor-practice'], deleted: false },
      { type: 'Task', id: 't1', version: 2, audience: ['moor-practice'], deleted: true },
      { type: 'Task', id: 't2', version: 1, audience: ['moor-practice'], deleted: false },
    ]);
    expect(await opened.rows('SELECT version, resource_id FROM outbox ORDER BY id')).toHaveLength(6);
  });

  it('brings a deleted resource back under its id', async () => {
    const stored = await created({ id: 't1' });
    const [gone] = await commit([remove(stored)]);
    expect(await opened.store.readMany([{ type: 'Task', id: 't1' }], everyone)).toEqual([]);
    const [back] = await commit([replace(stored, {}, (gone as Stored).version)]);
    expect(await opened.store.read('Task', 't1', everyone)).toEqual(back);
    expect(await opened.counts()).toMatchObject({ history: 2, past_audience: 4, task_search: 1, audience: 1 });
  });

  it('keeps text that PostgreSQL has no character for', async () => {
    const stored = await created({
      identifier: [{ system: 's\0', value: 'a\0b' }],
      groupIdentifier: { value: 'half \ud800' },
    });
    expect((await opened.store.read('Task', stored.id, everyone))?.content).toBe(stored.content);
    expect((JSON.parse(stored.content) as Task).identifier).toEqual([{ system: 's\0', value: 'a\0b' }]);
  });

  it('keeps a thousand resources', async () => {
    const writes = Array.from({ length: 1000 }, (_, at) => create(taskOf({ id: `t${String(at)}` })));
    expect(await commit(writes)).toHaveLength(1000);
    expect(await opened.counts()).toMatchObject({ resource: 1000, history: 0, outbox: 1000, audit_event: 1 });
  });

  it('leaves a trace of an act that writes nothing', async () => {
    expect(await commit([], { keys: ['asked'] })).toEqual([]);
    expect(await opened.counts()).toMatchObject({ used_key: 1, audit_event: 1, outbox: 0 });
  });

  it('is taken back with the transaction that it is part of', async () => {
    const failing = opened.database.transaction(everyone, async (tx) => {
      await opened.store.commit([create(taskOf())], act, tx);
      throw new Error('the handler failed');
    });
    await expect(failing).rejects.toThrow('the handler failed');
    expect(await opened.counts()).toMatchObject({ resource: 0, outbox: 0, audit_event: 0 });
  });

  it('wakes the relay after a commit of its own, not within a transaction', async () => {
    let woken = 0;
    const watched = await openStore({ onCommitted: () => (woken += 1) });
    await watched.store.commit([create(taskOf())], act);
    await watched.database.transaction(everyone, (tx) => watched.store.commit([create(taskOf())], act, tx));
    await watched.close();
    expect(woken).toBe(1);
  });

  it('holds only the types it was made for', async () => {
    const service: HealthcareService = { resourceType: 'HealthcareService' };
    expect(opened.store.holds('HealthcareService')).toBe(true);
    expect(opened.store.holds('Measure')).toBe(false);
    await expect(
      commit([{ interaction: 'create', resource: { ...service, resourceType: 'Measure' } as never, audience: [] }]),
    ).rejects.toThrow('This store does not hold Measure.');
  });

  async function commitObservation(resource: Observation): Promise<Stored[]> {
    // The referral service holds no Observation; an Encounter's length has the same digits to lose.
    const { valueQuantity, component } = resource;
    const goal = {
      resourceType: 'Goal',
      lifecycleStatus: 'active',
      description: { text: 'weight' },
      subject: { reference: 'Patient/p1' },
      target: [{ detailQuantity: valueQuantity }, { detailQuantity: component?.[0]?.valueQuantity }],
    };
    return commit([{ interaction: 'create', resource: goal as never, audience: ['a'] }]);
  }
});
