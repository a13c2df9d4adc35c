import { randomUUID } from 'node:crypto';
import { FhirError } from '#fhir';
import { eventually } from '../test/eventually.js';
import { install, type Installation, service } from '../test/installation.js';
import { effectsOf, Recorder } from '../test/recorder.js';
import { unpublishedCount, type Version, versions, write } from '../test/written.js';
import { BrokerNotUsable } from './broker.js';
import { Consumers } from './consumers.js';
import type { DeliveryPolicy } from './delivery-policy.js';
import { pruneOutbox, republish } from './outbox.js';
import { messageOf } from './outgoing.js';
import { Relay } from './relay.js';
import { ensureStream, streamNameOf } from './stream.js';
import { Unprocessable } from './unprocessable.js';

const quick: Partial<DeliveryPolicy> = { ackWaitMs: 1_000, retryMs: [10, 20], gapMs: [10, 20, 40, 80], tendMs: 60_000 };

describe('Consumers', () => {
  let installation: Installation;
  let relay: Relay;
  const running: Consumers[] = [];

  beforeEach(async () => {
    installation = await install();
    relay = new Relay({ ...installation, service, pollMs: 20 });
    relay.start();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumers) => consumers.stop()));
    await relay.stop();
    await installation.close();
  });

  const hearing = async (...handlers: Recorder[]): Promise<Consumers> => {
    const consumers = new Consumers({ ...installation, handlers, policy: quick });
    running.push(consumers);
    await consumers.start();
    return consumers;
  };
  const committed = (list: readonly Version[]): Promise<string[]> => write(installation.database.as(['*']), list);
  const effects = (handler: Recorder, count: number): Promise<string[]> =>
    eventually(
      () => effectsOf(installation.database, handler.consumer),
      (seen) => seen.length >= count,
    );
  const parked = (consumers: Consumers, count: number) =>
    eventually(
      () => consumers.letters.list(),
      (letters) => letters.length === count,
    );
  const settled = async (handler: Recorder): Promise<void> => {
    const { management } = installation.broker;
    const stream = streamNameOf(installation.broker);
    await eventually(
      () => unpublishedCount(installation.database),
      (count) => count === 0,
    );
    await eventually(
      () => management.consumers.info(stream, handler.consumer),
      (info) => info.num_pending === 0 && info.num_ack_pending === 0,
    );
  };
  const published = async ({
    id,
    version,
    type = 'task-updated.v1',
  }: {
    id: string;
    version: number;
    type?: string;
  }) => {
    const row = {
      id: '0',
      event_id: randomUUID(),
      type,
      resource_type: 'Task',
      resource_id: id,
      version,
      audience: ['keighley'],
      agent: null,
      correlation_id: 'c',
      traceparent: null,
      occurred_at: new Date(),
      starts: null,
      content: null,
    };
    const { broker } = installation;
    const { subject, payload, headers } = messageOf(row, service);
    await broker.jetStream.publish(broker.subject(subject), payload, { headers, msgID: row.event_id });
    return row.event_id;
  };

  it('gives every event its effect once, in the order of its resource, to every consumer', async () => {
    const [copies, rules] = [new Recorder('outcomes-copies'), new Recorder('outcomes-rules')];
    await hearing(copies, rules);
    await committed(['a', 'b', 'c'].flatMap((id) => versions(id, 30)));
    const expected = ['a', 'b', 'c'].flatMap((id) =>
      versions(id, 30).map(({ version }) => `Task/${id} ${String(version)}`),
    );
    expect(await effects(copies, 90)).toEqual(expected);
    expect(await effects(rules, 90)).toEqual(expected);
    await settled(copies);
    expect(await effectsOf(installation.database, copies.consumer)).toEqual(expected);
  });

  it('shares a consumer between replicas without doubling or reordering an effect', async () => {
    const handler = new Recorder('outcomes-copies');
    const other = await installation.another();
    await hearing(handler);
    const replica = new Consumers({ ...other, handlers: [handler], policy: quick });
    running.push(replica);
    await replica.start();
    await committed(['a', 'b'].flatMap((id) => versions(id, 40)));
    const expected = ['a', 'b'].flatMap((id) => versions(id, 40).map(({ version }) => `Task/${id} ${String(version)}`));
    await effects(handler, 80);
    await settled(handler);
    expect(await effectsOf(installation.database, handler.consumer)).toEqual(expected);
  });

  it('passes over event types without an effect and keeps the order behind them', async () => {
    const handler = new Recorder('outcomes-rules', { types: ['referral-accepted.v1'] });
    await hearing(handler);
    await committed([
      { id: 'a', version: 1 },
      { id: 'a', version: 2 },
      { id: 'a', version: 3, event: 'referral-accepted.v1' },
    ]);
    expect(await effects(handler, 1)).toEqual(['Task/a 3']);
  });

  it('tries again what may succeed later, and leaves no trace of the tries that failed', async () => {
    const handler = new Recorder('outcomes-rules');
    let failures = 2;
    handler.first = () => {
      if (failures-- > 0) throw FhirError.of('conflict', 'Another request changed this resource meanwhile.');
    };
    const consumers = await hearing(handler);
    await committed(versions('a', 2));
    expect(await effects(handler, 2)).toEqual(['Task/a 1', 'Task/a 2']);
    expect(await consumers.letters.list()).toEqual([]);
  });

  it('parks at once what can never succeed, holds what follows it, and lets other resources pass', async () => {
    const handler = new Recorder('outcomes-rules');
    let tries = 0;
    handler.first = (event) => {
      if (event.subject !== 'Task/a/_history/2') return;
      tries += 1;
      throw FhirError.of('value', 'Mrs Example is no performer.', { expression: 'Task.owner' });
    };
    const consumers = await hearing(handler);
    const [, eventId] = await committed([...versions('a', 4), ...versions('b', 2)]);
    const letters = await parked(consumers, 3);
    expect(await effects(handler, 3)).toEqual(['Task/a 1', 'Task/b 1', 'Task/b 2']);
    expect(tries).toBe(1);
    expect(letters.map(({ resource, sequence, reason }) => [resource, sequence, reason]).sort()).toEqual([
      ['Task/a', 2, 'unprocessable'],
      ['Task/a', 3, 'held'],
      ['Task/a', 4, 'held'],
    ]);
    const first = letters.find(({ sequence }) => sequence === 2);
    expect(first).toEqual({
      id: expect.any(String) as string,
      consumer: 'outcomes-rules',
      eventId,
      subject: `${installation.broker.namespace}.referral.Task.task-updated.a`,
      eventType: 'task-updated.v1',
      resource: 'Task/a',
      sequence: 2,
      reason: 'unprocessable',
      detail: 'value at Task.owner',
      deliveries: 1,
      firstSeen: expect.any(Date) as Date,
      parkedAt: expect.any(Date) as Date,
      state: 'parked',
      settledAt: null,
    });
    expect(await consumers.letters.inspect(first?.id ?? '')).toEqual({ ...first, holds: 2 });
  });

  it('replays a parked event and then, in order, those that it held', async () => {
    const handler = new Recorder('outcomes-rules');
    let broken = true;
    handler.first = (event) => {
      if (broken && event.sequence === 2) throw new Unprocessable('owner-unknown');
    };
    const consumers = await hearing(handler);
    await committed(versions('a', 4));
    const letters = await parked(consumers, 3);
    const [first, second] = [2, 3].map((sequence) => letters.find((letter) => letter.sequence === sequence)?.id ?? '');
    expect(await consumers.letters.replay(second ?? '')).toBe('waits');
    expect(await consumers.letters.replay(first ?? '')).toBe('failed');
    broken = false;
    expect(await consumers.letters.replay(first ?? '')).toBe('replayed');
    expect(await consumers.letters.replay(first ?? '')).toBe('not-parked');
    expect(await effects(handler, 4)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3', 'Task/a 4']);
    await committed(versions('a', 1, 5));
    expect(await effects(handler, 5)).toContain('Task/a 5');
    expect(await consumers.letters.list()).toEqual([]);
    const kept = await installation.database.as(['*']).query({ text: 'SELECT DISTINCT state, event FROM dead_letter' });
    expect(kept).toEqual([{ state: 'replayed', event: null }]);
  });

  it('goes on behind a discarded event, also when it was discarded before its turn', async () => {
    const handler = new Recorder('outcomes-rules');
    handler.first = (event) => {
      if (event.sequence === 2) throw new Unprocessable('owner-unknown');
    };
    const consumers = await hearing(handler);
    await committed(versions('a', 5));
    const letters = await parked(consumers, 4);
    const idOf = (sequence: number): string => letters.find((letter) => letter.sequence === sequence)?.id ?? '';
    expect(await consumers.letters.discard(idOf(4))).toBe(true);
    expect(await effectsOf(installation.database, handler.consumer)).toEqual(['Task/a 1']);
    expect(await consumers.letters.discard(idOf(2))).toBe(true);
    expect(await consumers.letters.discard(idOf(2))).toBe(false);
    expect(await effects(handler, 3)).toEqual(['Task/a 1', 'Task/a 3', 'Task/a 5']);
    await committed(versions('a', 1, 6));
    expect(await effects(handler, 4)).toContain('Task/a 6');
  });

  it('parks an event whose handler keeps failing, with the class of the error and not its words', async () => {
    const handler = new Recorder('outcomes-rules');
    handler.first = () => {
      throw new TypeError('Mrs Example has no address');
    };
    const consumers = await hearing(handler);
    await committed(versions('a', 1));
    const [letter] = await parked(consumers, 1);
    expect(letter).toMatchObject({ reason: 'failed', detail: 'TypeError', deliveries: 3, sequence: 1 });
  });

  it('lets an event wait for the one before it', async () => {
    await ensureStream(installation.broker);
    const handler = new Recorder('outcomes-rules');
    const consumers = await hearing(handler);
    await published({ id: 'a', version: 2 });
    await published({ id: 'a', version: 1 });
    expect(await effects(handler, 2)).toEqual(['Task/a 1', 'Task/a 2']);
    expect(await consumers.letters.list()).toEqual([]);
  });

  it('parks events whose predecessor does not come, and goes on by itself when it does', async () => {
    await ensureStream(installation.broker);
    const handler = new Recorder('outcomes-rules');
    const consumers = await hearing(handler);
    await published({ id: 'a', version: 2 });
    await parked(consumers, 1);
    await published({ id: 'a', version: 3 });
    const letters = await parked(consumers, 2);
    expect(letters.map(({ sequence, reason }) => [sequence, reason])).toEqual([
      [2, 'gap'],
      [3, 'held'],
    ]);
    await published({ id: 'a', version: 1 });
    expect(await effects(handler, 3)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3']);
    await parked(consumers, 0);
  });

  it('begins in the middle on the word of an operator', async () => {
    await ensureStream(installation.broker);
    const handler = new Recorder('outcomes-rules');
    const consumers = await hearing(handler);
    await published({ id: 'a', version: 7 });
    const [letter] = await parked(consumers, 1);
    expect(await consumers.letters.replay(letter?.id ?? '')).toBe('waits');
    expect(await consumers.letters.replay(letter?.id ?? '', { skipMissing: true })).toBe('replayed');
    expect(await effects(handler, 1)).toEqual(['Task/a 7']);
  });

  it('begins in the middle where the outbox keeps nothing earlier', async () => {
    const { database, broker } = installation;
    await committed(versions('a', 3));
    await eventually(
      () => unpublishedCount(database),
      (count) => count === 0,
    );
    await database
      .as(['*'])
      .query({ text: `UPDATE outbox SET published_at = now() - interval '1 day' WHERE version < 3` });
    await pruneOutbox(database, new Date(Date.now() - 3_600_000));
    await broker.management.streams.delete(streamNameOf(broker));
    const handler = new Recorder('outcomes-rules');
    await hearing(handler);
    expect(await effects(handler, 1)).toEqual(['Task/a 3']);
  });

  it('begins in the middle where earlier events had left the stream before the consumer was made', async () => {
    const { database, broker } = installation;
    await committed([...versions('a', 3), ...versions('b', 1)]);
    await eventually(
      () => unpublishedCount(database),
      (count) => count === 0,
    );
    await broker.management.streams.purge(streamNameOf(broker), { seq: 3 });
    const handler = new Recorder('outcomes-rules');
    await hearing(handler);
    expect(await effects(handler, 2)).toEqual(['Task/a 3', 'Task/b 1']);
  });

  it('gives a republished event no second effect', async () => {
    const { database, broker } = installation;
    const handler = new Recorder('outcomes-rules');
    await hearing(handler);
    await committed(versions('a', 3));
    await effects(handler, 3);
    await broker.management.streams.delete(streamNameOf(broker));
    await committed(versions('a', 2, 4));
    expect(await effects(handler, 5)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3', 'Task/a 4', 'Task/a 5']);
    await republish(database);
    await settled(handler);
    expect(await effectsOf(database, handler.consumer)).toHaveLength(5);
  });

  it('parks a message that is no event, and holds nothing for it', async () => {
    const { broker } = installation;
    await ensureStream(broker);
    const handler = new Recorder('outcomes-rules');
    const consumers = await hearing(handler);
    const subject = `${broker.namespace}.referral.Task.task-updated.a`;
    await broker.jetStream.publish(subject, '{"name":"Mrs Example"}', { msgID: 'stray' });
    await published({ id: 'a', version: 1 });
    expect(await effects(handler, 1)).toEqual(['Task/a 1']);
    const [letter] = await parked(consumers, 1);
    expect(letter).toMatchObject({
      eventId: 'stray',
      reason: 'malformed',
      resource: null,
      detail: 'not a CloudEvent of Ginnel',
    });
    expect(await consumers.letters.replay(letter?.id ?? '')).toBe('impossible');
    expect(await consumers.letters.discard(letter?.id ?? '')).toBe(true);
  });

  it('lets a running effect end before it stops, and gives the rest to the next start', async () => {
    const handler = new Recorder('outcomes-rules');
    let begun!: () => void;
    let goOn!: () => void;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
    handler.first = async () => {
      begun();
      await mayGoOn;
    };
    const consumers = await hearing(handler);
    await committed(versions('a', 3));
    await hasBegun;
    const stopped = consumers.stop();
    goOn();
    await stopped;
    const before = await effectsOf(installation.database, handler.consumer);
    expect(before[0]).toBe('Task/a 1');
    await consumers.start();
    expect(await effects(handler, 3)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3']);
  });

  it('hears everything again for a follower that is rebuilt', async () => {
    const handler = new Recorder('outcomes-copies');
    const consumers = await hearing(handler);
    await committed(versions('a', 2));
    await effects(handler, 2);
    await consumers.rebuild('outcomes-copies');
    expect(await effects(handler, 4)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 1', 'Task/a 2']);
  });

  it('refuses to hear other subjects under a name that is taken', async () => {
    await hearing(new Recorder('outcomes-rules'));
    const other = new Recorder('outcomes-rules', { subjects: ['ginnel.referral.ServiceRequest.>'] });
    await expect(hearing(other)).rejects.toThrow(BrokerNotUsable);
  });
});
