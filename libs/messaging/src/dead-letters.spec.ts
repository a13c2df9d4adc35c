import { FhirError } from '#fhir';
import { Hearing } from '../test/hearing.js';
import { effectsOf, Recorder } from '../test/recorder.js';
import { versions } from '../test/written.js';
import { ensureStream, streamNameOf } from './stream.js';
import { Unprocessable } from './unprocessable.js';

describe('DeadLetters', () => {
  const hearing = new Hearing();

  it('parks at once what can never succeed, holds what follows it, and lets other resources pass', async () => {
    const handler = new Recorder('outcomes-rules');
    let tries = 0;
    handler.first = (event) => {
      if (event.subject !== 'Task/a/_history/2') return;
      tries += 1;
      throw FhirError.of('value', 'Mrs Example is no performer.', { expression: 'Task.owner' });
    };
    const consumers = await hearing.by(handler);
    const [, eventId] = await hearing.commit([...versions('a', 4), ...versions('b', 2)]);
    const letters = await hearing.parked(consumers, 3);
    expect(await hearing.effects(handler, 3)).toEqual(['Task/a 1', 'Task/b 1', 'Task/b 2']);
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
      subject: `${hearing.installation.broker.namespace}.referral.Task.task-updated.a`,
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
    const consumers = await hearing.by(handler);
    await hearing.commit(versions('a', 4));
    const letters = await hearing.parked(consumers, 3);
    const [first, second] = [2, 3].map((sequence) => letters.find((letter) => letter.sequence === sequence)?.id ?? '');
    expect(await consumers.letters.replay(second ?? '')).toBe('waits');
    expect(await consumers.letters.replay(first ?? '')).toBe('failed');
    broken = false;
    expect(await consumers.letters.replay(first ?? '')).toBe('replayed');
    expect(await consumers.letters.replay(first ?? '')).toBe('not-parked');
    expect(await hearing.effects(handler, 4)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3', 'Task/a 4']);
    await hearing.commit(versions('a', 1, 5));
    expect(await hearing.effects(handler, 5)).toContain('Task/a 5');
    expect(await consumers.letters.list()).toEqual([]);
    const kept = await hearing.installation.database
      .as(['*'])
      .query({ text: 'SELECT DISTINCT state, event FROM dead_letter' });
    expect(kept).toEqual([{ state: 'replayed', event: null }]);
  });

  it('holds what follows also where the parked event has left the stream since', async () => {
    const { broker } = hearing.installation;
    const purge = (seq: number) => broker.management.streams.purge(streamNameOf(broker), { seq });
    await hearing.commit(versions('old', 1));
    await hearing.published();
    await purge(2);
    const handler = new Recorder('outcomes-rules');
    let broken = true;
    handler.first = () => {
      if (broken) throw new Unprocessable('owner-unknown');
    };
    const consumers = await hearing.by(handler);
    await hearing.commit(versions('a', 1));
    const [first] = await hearing.parked(consumers, 1);
    await purge(3);
    broken = false;
    await hearing.commit(versions('a', 1, 2));
    const letters = await hearing.parked(consumers, 2);
    expect(letters.map(({ sequence, reason }) => [sequence, reason])).toEqual([
      [1, 'unprocessable'],
      [2, 'held'],
    ]);
    expect(await consumers.letters.replay(first?.id ?? '')).toBe('replayed');
    expect(await hearing.effects(handler, 2)).toEqual(['Task/a 1', 'Task/a 2']);
  });

  it('goes on behind a discarded event, also when it was discarded before its turn', async () => {
    const handler = new Recorder('outcomes-rules');
    handler.first = (event) => {
      if (event.sequence === 2) throw new Unprocessable('owner-unknown');
    };
    const consumers = await hearing.by(handler);
    await hearing.commit(versions('a', 5));
    const letters = await hearing.parked(consumers, 4);
    const idOf = (sequence: number): string => letters.find((letter) => letter.sequence === sequence)?.id ?? '';
    expect(await consumers.letters.discard(idOf(4))).toBe(true);
    expect(await effectsOf(hearing.installation.database, handler.consumer)).toEqual(['Task/a 1']);
    expect(await consumers.letters.discard(idOf(2))).toBe(true);
    expect(await consumers.letters.discard(idOf(2))).toBe(false);
    expect(await hearing.effects(handler, 3)).toEqual(['Task/a 1', 'Task/a 3', 'Task/a 5']);
    await hearing.commit(versions('a', 1, 6));
    expect(await hearing.effects(handler, 4)).toContain('Task/a 6');
  });

  it('parks an event whose handler keeps failing, with the class of the error and not its words', async () => {
    const handler = new Recorder('outcomes-rules');
    handler.first = () => {
      throw new TypeError('Mrs Example has no address');
    };
    const consumers = await hearing.by(handler);
    await hearing.commit(versions('a', 1));
    const [letter] = await hearing.parked(consumers, 1);
    expect(letter).toMatchObject({ reason: 'failed', detail: 'TypeError', deliveries: 3, sequence: 1 });
  });

  it('parks events whose predecessor does not come, and goes on by itself when it does', async () => {
    await ensureStream(hearing.installation.broker);
    const handler = new Recorder('outcomes-rules');
    const consumers = await hearing.by(handler);
    await hearing.publish('a', 2);
    await hearing.parked(consumers, 1);
    await hearing.publish('a', 3);
    const letters = await hearing.parked(consumers, 2);
    expect(letters.map(({ sequence, reason }) => [sequence, reason])).toEqual([
      [2, 'gap'],
      [3, 'held'],
    ]);
    await hearing.publish('a', 1);
    expect(await hearing.effects(handler, 3)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3']);
    await hearing.parked(consumers, 0);
  });

  it('begins in the middle on the word of an operator', async () => {
    await ensureStream(hearing.installation.broker);
    const handler = new Recorder('outcomes-rules');
    const consumers = await hearing.by(handler);
    await hearing.publish('a', 7);
    const [letter] = await hearing.parked(consumers, 1);
    expect(await consumers.letters.replay(letter?.id ?? '')).toBe('waits');
    expect(await consumers.letters.replay(letter?.id ?? '', { skipMissing: true })).toBe('replayed');
    expect(await hearing.effects(handler, 1)).toEqual(['Task/a 7']);
  });

  it('parks a message that is no event, and holds nothing for it', async () => {
    const { broker } = hearing.installation;
    await ensureStream(broker);
    const handler = new Recorder('outcomes-rules');
    const consumers = await hearing.by(handler);
    const subject = `${broker.namespace}.referral.Task.task-updated.a`;
    await broker.jetStream.publish(subject, '{"name":"Mrs Example"}', { msgID: 'stray' });
    await hearing.publish('a', 1);
    expect(await hearing.effects(handler, 1)).toEqual(['Task/a 1']);
    const [letter] = await hearing.parked(consumers, 1);
    expect(letter).toMatchObject({
      eventId: 'stray',
      reason: 'malformed',
      resource: null,
      detail: 'not a CloudEvent of Ginnel',
    });
    expect(await consumers.letters.replay(letter?.id ?? '')).toBe('impossible');
    expect(await consumers.letters.discard(letter?.id ?? '')).toBe(true);
  });
});
