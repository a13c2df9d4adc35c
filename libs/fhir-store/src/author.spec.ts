import { act, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';

// One time for all, as a busy moment has it: what was committed beside must not be taken for it.
const now = new Date('2026-03-14T09:30:00.123Z');
let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore({ now: () => now });
});
afterAll(async () => {
  await opened.close();
});

describe('the author of a resource', () => {
  it('is the organisation that made its first version, whoever changed it since', async () => {
    const { store } = opened;
    const [made] = await store.commit([create(taskOf({ id: 't1' }))], { ...act, organisation: 'moor-practice' });
    await store.commit([create(taskOf({ id: 't11' }))], { ...act, organisation: 'green-gym' });
    const audience = made?.audience ?? [];
    await store.commit([{ interaction: 'update', resource: taskOf({ id: 't1' }), audience, version: 1 }], {
      ...act,
      organisation: 'green-gym',
    });
    expect(await Promise.all(['t1', 't11', 't2'].map((id) => store.authorOf('Task', id)))).toEqual([
      'moor-practice',
      'green-gym',
      undefined,
    ]);
  });

  it('is nobody where its maker acted for no organisation', async () => {
    await opened.store.commit([create(taskOf({ id: 't3' }))], act);
    expect(await opened.store.authorOf('Task', 't3')).toBeUndefined();
    expect(await opened.store.makerOf('Task', 't3')).toEqual({ agent: act.agent });
    expect(await opened.store.makerOf('Task', 'none')).toBeUndefined();
  });
});
