import { everyone } from '#fhir';
import { type OpenedStore, openStore } from '../test/opened-store.js';

describe('a job whose answer is made while a Consent comes', () => {
  const now = new Date('2026-11-22T10:00:00Z');
  const id = '6f1e4b0a-7f0a-4a41-9d0e-0c7e5f7f0001';
  let opened: OpenedStore;

  beforeEach(async () => {
    opened = await openStore({ now: () => now });
    const job = { id, owner: 'beck', request: 'search', started: now };
    await opened.store.jobs.begin(job, { most: 9, of: job.owner, aliveSince: now });
  });

  afterEach(async () => {
    await opened.close();
  });

  const withhold = () =>
    opened.database.transaction(everyone, (tx) =>
      opened.store.withholdings.replace(
        'c1',
        () => Promise.resolve([{ patient: 'p1', organisation: 'beck-centre', keeps: [] }]),
        { now, tx },
      ),
    );

  it.each([
    ['{"reference":"Patient/p1"}', undefined],
    ['{"reference":"Patient/p2"}', '{"reference":"Patient/p2"}'],
  ])('is kept where it speaks of nobody whose records it withholds: %s', async (answer, kept) => {
    await withhold();
    await opened.store.jobs.finish(id, answer, now);
    expect((await opened.store.jobs.find(id, 'beck'))?.answer).toBe(kept);
    expect(await opened.rows('SELECT answer, doubted FROM job')).toEqual([{ answer: kept ?? null, doubted: [] }]);
  });
});
