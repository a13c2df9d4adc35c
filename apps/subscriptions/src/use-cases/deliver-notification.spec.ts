import { byCriteria, byTopic, Calls } from '../../test/calls.js';
import { secretExtension } from '../domain/webhook-secret.js';

const hour = 3_600_000;
const tooMany = { 'retry-after': '3600' };
let calls: Calls;

beforeAll(async () => {
  calls = await Calls.start();
});

afterAll(() => calls.stop());

/** Is it about an hour that the receiver is left alone? */
async function leftAlone(stored: { id: string }): Promise<boolean> {
  const until = (await calls.channel(stored))?.notBefore?.getTime() ?? 0;
  return until > calls.now().getTime() + hour - 60_000;
}

function diesOnceBefore(step: object): void {
  const execute = (): Promise<void> => {
    Reflect.deleteProperty(step, 'execute');
    return Promise.reject(new Error('The process died.'));
  };
  Object.assign(step, { execute });
}

describe('a receiver that asks to be left alone', () => {
  it('is, where a heartbeat was the call', async () => {
    const hook = await calls.receiver((response) => response.writeHead(429, tooMany).end());
    const stored = await calls.write(byCriteria(hook.url()));
    await calls.beat(stored);
    await calls.callAll();
    expect([hook.received.length, await leftAlone(stored)]).toEqual([1, true]);
    await calls.queue(stored);
    expect(await calls.claim()).toEqual([]);
  });

  it('is, where the call was the last try', async () => {
    const hook = await calls.receiver((response, _received, at) =>
      response.writeHead(at < 10 ? 500 : 429, at < 10 ? {} : tooMany).end(),
    );
    const stored = await calls.write(byCriteria(hook.url()));
    await calls.queue(stored);
    for (let tries = 1; tries <= 10; tries += 1) {
      await calls.callAll();
      if (tries < 10) calls.putForward(27 * hour);
    }
    expect([hook.received.length, await leftAlone(stored)]).toEqual([10, true]);
    await calls.queue(stored);
    expect(await calls.claim()).toEqual([]);
  });
});

describe('a Subscription that is changed while a call is open', () => {
  it.each([429, 500])('is tried at once at its new endpoint, whatever the old one answers then: %i', async (status) => {
    const fresh = await calls.receiver();
    const old = await calls.receiver((response) => {
      void calls.write({ ...byCriteria(fresh.url()), id: stored.id }, 1).then(() => {
        response.writeHead(status, tooMany).end();
      });
    });
    const stored = await calls.write(byCriteria(old.url()));
    await calls.queue(stored);
    await calls.callAll();
    expect(await calls.channel(stored)).toEqual({ version: 2, failingSince: null, notBefore: null });
    await calls.callAll();
    expect(fresh.received.map(({ headers }) => headers['x-ginnel-delivery-attempt'])).toEqual(['1']);
  });
});

describe('a handshake that was answered by nobody', () => {
  it('ends its Subscription also where the process dies in between', async () => {
    const hook = await calls.receiver((response) => response.writeHead(500).end());
    const stored = await calls.write(byTopic(hook.url()));
    for (let tries = 1; tries < 10; tries += 1) {
      await calls.callAll();
      calls.putForward(27 * hour);
    }
    diesOnceBefore(calls.steps.settleDelivery);
    diesOnceBefore(calls.endSubscription);
    for (let lives = 1; lives <= 3; lives += 1) {
      await calls.callAll().catch(() => undefined);
      calls.putForward(61_000);
    }
    expect(await calls.statusOf(stored)).toBe('error');
    expect(await calls.claim()).toEqual([]);
  });
});

describe('a notification that cannot be signed', () => {
  it('is a try that failed', async () => {
    const hook = await calls.receiver();
    const channel = { ...byCriteria(hook.url()).channel, extension: [{ url: secretExtension, valueString: '!!!!' }] };
    const stored = await calls.write({ ...byCriteria(hook.url()), channel });
    await calls.queue(stored);
    await calls.callAll();
    expect(hook.received).toEqual([]);
    expect((await calls.channel(stored))?.failingSince).toBeInstanceOf(Date);
    await calls.write({ ...byCriteria(hook.url()), id: stored.id }, 1);
    await calls.callAll();
    expect(hook.received.map(({ headers }) => headers['x-ginnel-delivery-attempt'])).toEqual(['1']);
  });
});

describe('a process that dies in a call', () => {
  it('takes none of the tries of its receiver', async () => {
    const hook = await calls.receiver((response) => response.writeHead(503).end());
    const stored = await calls.write(byCriteria(hook.url()));
    await calls.queue(stored);
    for (let lives = 1; lives <= 9; lives += 1) {
      expect(await calls.claim()).toHaveLength(1);
      calls.putForward(61_000);
    }
    await calls.callAll();
    calls.putForward(10_000);
    await calls.callAll();
    expect(hook.received.map(({ headers }) => headers['x-ginnel-delivery-attempt'])).toEqual(['10', '11']);
  });
});
