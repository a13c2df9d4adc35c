import { createLogger } from '#observability';
import { openStore } from '../../fhir-store/test/opened-store.js';
import { RequestKeyKeeper } from './request-key-keeper.js';

const dayMs = 86_400_000;

describe('the keys of requests', () => {
  it('are kept for their days and then forgotten', async () => {
    const opened = await openStore();
    const { requests } = opened.store;
    const begun = new Date('2026-01-01T00:00:00Z');
    let days = 0;
    const now = () => new Date(begun.getTime() + days * dayMs);
    const log = createLogger({ level: 'silent', service: 'test' });
    const keeper = new RequestKeyKeeper(opened.store, { days: 90, now, log });
    const found: boolean[] = [];
    await requests.record({ key: 'x|gp|1', hash: 'h' }, { status: 200, made: [], answer: null }, now());
    for (days of [1, 89, 90, 91]) {
      await keeper.forget();
      found.push((await requests.find('x|gp|1')) !== undefined);
    }
    await opened.close();
    expect(found).toEqual([true, true, true, false]);
  });
});
