import { byCriteria, Calls } from '../../test/calls.js';
import { FindListeners } from './find-listeners.js';

describe('Subscriptions that listen', () => {
  let calls: Calls;
  let findListeners: FindListeners;

  beforeEach(async () => {
    calls = await Calls.start();
    findListeners = new FindListeners(calls.store);
  });

  afterEach(() => calls.stop());

  const hook = 'http://127.0.0.1:9/hook';
  const heard = async (type?: string) =>
    (await findListeners.execute(type)).map(({ stored: { id, version } }) => `${id} ${String(version)}`);

  it('are those that were written a moment ago, whoever wrote them', async () => {
    expect(await heard()).toEqual([]);
    const first = await calls.write(byCriteria(hook));
    expect(await heard()).toEqual([`${first.id} 1`]);
    const second = await calls.write(byCriteria(hook));
    expect((await heard()).sort()).toEqual([`${first.id} 1`, `${second.id} 1`].sort());
    await calls.write({ ...byCriteria(hook), id: first.id }, 1);
    expect((await heard()).sort()).toEqual([`${first.id} 2`, `${second.id} 1`].sort());
  });

  it('are not those that are off or deleted', async () => {
    const [first, second] = [await calls.write(byCriteria(hook)), await calls.write(byCriteria(hook))];
    expect(await heard()).toHaveLength(2);
    await calls.write({ ...byCriteria(hook), id: first.id, status: 'off' }, 1);
    expect(await heard()).toEqual([`${second.id} 1`]);
    const { id, audience } = second;
    await calls.store.commit([{ interaction: 'delete', type: 'Subscription', id, audience, version: 1 }], {
      agent: 'moor-practice',
      interaction: 'delete',
      correlationId: 'c-1',
    });
    expect(await heard()).toEqual([]);
  });

  it('are those for the type that is asked for', async () => {
    const { id } = await calls.write(byCriteria(hook));
    const type = byCriteria(hook).criteria.replace(/\?.*/, '');
    expect(await heard(type)).toEqual([`${id} 1`]);
    expect(await heard('Basic')).toEqual([]);
  });

  it('are not read again while none was changed', async () => {
    await calls.write(byCriteria(hook));
    const before = await findListeners.execute();
    expect(await findListeners.execute()).toBe(before);
    await calls.write(byCriteria(hook));
    expect(await findListeners.execute()).not.toBe(before);
  });
});
