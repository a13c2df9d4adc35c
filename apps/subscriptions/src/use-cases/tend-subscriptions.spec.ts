import { everyone } from '#fhir';
import type { Stored } from '#fhir-store';
import { byCriteria, Calls } from '../../test/calls.js';
import { FindListeners } from './find-listeners.js';
import type { PublishTopics } from './publish-topics.js';
import { TendSubscriptions } from './tend-subscriptions.js';

const day = 24 * 3_600_000;
let calls: Calls;

beforeEach(async () => {
  calls = await Calls.start();
});

afterEach(() => calls.stop());

/** Tends, with something that happens after the channels were looked at. */
async function tend(meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  class LateListeners extends FindListeners {
    override async execute() {
      const listeners = await super.execute();
      await meanwhile();
      return listeners;
    }
  }
  const topics = { execute: () => Promise.resolve() } as PublishTopics;
  const listeners = new LateListeners(calls.store);
  await new TendSubscriptions(listeners, calls.endSubscription, topics, calls.database, calls.platform).execute();
}

async function failingForDays(): Promise<{ stored: Stored; repair: () => void }> {
  let status = 500;
  const hook = await calls.receiver((response) => response.writeHead(status).end());
  const stored = await calls.write(byCriteria(hook.url()));
  await calls.queue(stored);
  await calls.callAll();
  calls.putForward(6 * day);
  return { stored, repair: () => (status = 200) };
}

describe('a Subscription whose every call has failed for days', () => {
  it('is paused', async () => {
    const { stored } = await failingForDays();
    await tend();
    expect(await calls.statusOf(stored)).toBe('error');
  });

  it('is not where its owner has mended it and that is not known to the calls yet', async () => {
    const { stored } = await failingForDays();
    const { id, audience, version } = stored;
    const resource = { ...byCriteria('https://example.org/mended'), id };
    const act = { agent: 'test', interaction: 'update', correlationId: 'test' };
    await calls.store.commit([{ interaction: 'update', resource, audience, version }], act);
    await tend();
    expect((await calls.store.read('Subscription', id, everyone))?.version).toBe(2);
  });

  it('is not where a call succeeds while it is looked at', async () => {
    const { stored, repair } = await failingForDays();
    await tend(async () => {
      repair();
      await calls.callAll();
    });
    expect(await calls.statusOf(stored)).toBe('active');
  });
});

describe('a notification that was queued in the moment in which its Subscription ended', () => {
  async function late(end: (stored: Stored) => Promise<unknown>): Promise<unknown> {
    const on = await calls.write(byCriteria('https://example.org/on'));
    const stored = await calls.write(byCriteria('https://example.org/ended'));
    await end(stored);
    const session = calls.database.as(everyone);
    for (const one of [on, stored]) await calls.queue(one);
    await session.query({ text: `UPDATE delivery SET payload = 'what it was about'` });
    await tend();
    return session.query({ text: 'SELECT state, payload FROM delivery ORDER BY id' });
  }

  const cancelled = [
    { state: 'pending', payload: 'what it was about' },
    { state: 'cancelled', payload: null },
  ];

  it('is not kept where it was turned off', async () => {
    expect(
      await late(({ id }) => calls.write({ ...byCriteria('https://example.org/ended'), id, status: 'off' }, 1)),
    ).toEqual(cancelled);
  });

  it('is not kept where it was deleted', async () => {
    const act = { agent: 'test', interaction: 'delete', correlationId: 'test' };
    expect(
      await late(({ id, audience, version }) =>
        calls.store.commit([{ interaction: 'delete', type: 'Subscription', id, audience, version }], act),
      ),
    ).toEqual(cancelled);
  });

  it('is kept where it began while that was looked at', async () => {
    let begun: Stored | undefined;
    await tend(async () => {
      if (begun) return;
      begun = await calls.write(byCriteria('https://example.org/begun'));
      await calls.queue(begun);
    });
    expect(await calls.claim()).toHaveLength(1);
  });
});

describe('the receiver of a Subscription', () => {
  it('is noted where an earlier release followed it', async () => {
    await calls.write(byCriteria('https://Old.example.org:8443/a?b=c'));
    const { database } = calls;
    const receivers = (): Promise<unknown> => database.as(everyone).query({ text: 'SELECT receiver FROM channel' });
    const noted = [{ receiver: 'https://old.example.org:8443' }];
    expect(await receivers()).toEqual(noted);
    await database.as(everyone).query({ text: 'UPDATE channel SET receiver = NULL' });
    await tend();
    expect(await receivers()).toEqual(noted);
  });
});
