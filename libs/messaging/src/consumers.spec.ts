import { FhirError } from '#fhir';
import { Hearing } from '../test/hearing.js';
import { effectsOf, Recorder } from '../test/recorder.js';
import { versions } from '../test/written.js';
import { BrokerNotUsable } from './broker.js';
import { pruneOutbox, republish } from './outbox.js';
import { ensureStream, streamNameOf } from './stream.js';

describe('Consumers', () => {
  const hearing = new Hearing();

  it('gives every event its effect once, in the order of its resource, to every consumer', async () => {
    const [copies, rules] = [new Recorder('outcomes-copies'), new Recorder('outcomes-rules')];
    await hearing.by(copies, rules);
    await hearing.commit(['a', 'b', 'c'].flatMap((id) => versions(id, 30)));
    const expected = ['a', 'b', 'c'].flatMap((id) =>
      versions(id, 30).map(({ version }) => `Task/${id} ${String(version)}`),
    );
    expect(await hearing.effects(copies, 90)).toEqual(expected);
    expect(await hearing.effects(rules, 90)).toEqual(expected);
    await hearing.settled(copies);
    expect(await effectsOf(hearing.installation.database, copies.consumer)).toEqual(expected);
  });

  it('shares a consumer between replicas without doubling or reordering an effect', async () => {
    const handler = new Recorder('outcomes-copies');
    const other = await hearing.installation.another();
    await hearing.by(handler);
    await hearing.replica(other, [handler]);
    await hearing.commit(['a', 'b'].flatMap((id) => versions(id, 40)));
    const expected = ['a', 'b'].flatMap((id) => versions(id, 40).map(({ version }) => `Task/${id} ${String(version)}`));
    await hearing.effects(handler, 80);
    await hearing.settled(handler);
    expect(await effectsOf(hearing.installation.database, handler.consumer)).toEqual(expected);
  });

  it('passes over event types without an effect and keeps the order behind them', async () => {
    const handler = new Recorder('outcomes-rules', { types: ['referral-accepted.v1'] });
    await hearing.by(handler);
    await hearing.commit([
      { id: 'a', version: 1 },
      { id: 'a', version: 2 },
      { id: 'a', version: 3, event: 'referral-accepted.v1' },
    ]);
    expect(await hearing.effects(handler, 1)).toEqual(['Task/a 3']);
  });

  it('tries again what may succeed later, and leaves no trace of the tries that failed', async () => {
    const handler = new Recorder('outcomes-rules');
    let failures = 2;
    handler.first = () => {
      if (failures-- > 0) throw FhirError.of('conflict', 'Another request changed this resource meanwhile.');
    };
    const consumers = await hearing.by(handler);
    await hearing.commit(versions('a', 2));
    expect(await hearing.effects(handler, 2)).toEqual(['Task/a 1', 'Task/a 2']);
    expect(await consumers.letters.list()).toEqual([]);
  });

  it('tries again before what is behind in the same lane, whichever resource that is of', async () => {
    class InOneLane extends Recorder {
      override laneOf = (): string => 'one';
    }
    const handler = new InOneLane('outcomes-rules');
    let failures = 1;
    handler.first = () => {
      if (failures-- > 0) throw FhirError.of('conflict', 'Another request changed this resource meanwhile.');
    };
    const turns = [1, 2, 3].flatMap((version) => ['a', 'b'].map((id) => ({ id, version })));
    for (const turn of turns) {
      await hearing.commit([turn]);
      await hearing.published();
    }
    await hearing.by(handler);
    await hearing.effects(handler, 6);
    const made = await effectsOf(hearing.installation.database, handler.consumer, 'as-made');
    expect(made).toEqual(turns.map(({ id, version }) => `Task/${id} ${String(version)}`));
  });

  it('lets an event wait for the one before it', async () => {
    await ensureStream(hearing.installation.broker);
    const handler = new Recorder('outcomes-rules');
    const consumers = await hearing.by(handler);
    await hearing.publish('a', 2);
    await hearing.publish('a', 1);
    expect(await hearing.effects(handler, 2)).toEqual(['Task/a 1', 'Task/a 2']);
    expect(await consumers.letters.list()).toEqual([]);
  });

  it('begins in the middle where the outbox keeps nothing earlier', async () => {
    const { database, broker } = hearing.installation;
    await hearing.commit(versions('a', 3));
    await hearing.published();
    await database
      .as(['*'])
      .query({ text: `UPDATE outbox SET published_at = now() - interval '1 day' WHERE version < 3` });
    await pruneOutbox(database, new Date(Date.now() - 3_600_000));
    await broker.management.streams.delete(streamNameOf(broker));
    const handler = new Recorder('outcomes-rules');
    await hearing.by(handler);
    expect(await hearing.effects(handler, 1)).toEqual(['Task/a 3']);
  });

  it('begins in the middle where earlier events had left the stream before the consumer was made', async () => {
    const { broker } = hearing.installation;
    for (const resource of [versions('a', 3), versions('b', 1)]) {
      await hearing.commit(resource);
      await hearing.published();
    }
    await broker.management.streams.purge(streamNameOf(broker), { seq: 3 });
    const handler = new Recorder('outcomes-rules');
    await hearing.by(handler);
    expect(await hearing.effects(handler, 2)).toEqual(['Task/a 3', 'Task/b 1']);
  });

  it('gives a republished event no second effect', async () => {
    const { database, broker } = hearing.installation;
    const handler = new Recorder('outcomes-rules');
    await hearing.by(handler);
    await hearing.commit(versions('a', 3));
    await hearing.effects(handler, 3);
    await broker.management.streams.delete(streamNameOf(broker));
    await hearing.commit(versions('a', 2, 4));
    expect(await hearing.effects(handler, 5)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3', 'Task/a 4', 'Task/a 5']);
    await republish(database);
    await hearing.settled(handler);
    expect(await effectsOf(database, handler.consumer)).toHaveLength(5);
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
    const consumers = await hearing.by(handler);
    await hearing.commit(versions('a', 3));
    await hasBegun;
    const stopped = consumers.stop();
    goOn();
    await stopped;
    const before = await effectsOf(hearing.installation.database, handler.consumer);
    expect(before[0]).toBe('Task/a 1');
    await consumers.start();
    expect(await hearing.effects(handler, 3)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3']);
  });

  it('tells a handler of its effect only after the commit, and never of one that failed', async () => {
    const handler = new Recorder('outcomes-rules', { types: ['referral-accepted.v1'] });
    const told: Promise<string[]>[] = [];
    let failures = 1;
    handler.first = () => {
      if (failures-- > 0) throw new TypeError('x is undefined');
    };
    handler.committed = () => told.push(effectsOf(hearing.installation.database, handler.consumer));
    await hearing.by(handler);
    await hearing.commit([
      { id: 'a', version: 1 },
      { id: 'a', version: 2, event: 'referral-accepted.v1' },
    ]);
    await hearing.effects(handler, 1);
    await hearing.settled(handler);
    expect(await Promise.all(told)).toEqual([['Task/a 2']]);
  });

  it('hears everything again for a follower that is rebuilt', async () => {
    const handler = new Recorder('outcomes-copies');
    const consumers = await hearing.by(handler);
    await hearing.commit(versions('a', 2));
    await hearing.effects(handler, 2);
    await consumers.rebuild('outcomes-copies');
    expect(await hearing.effects(handler, 4)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 1', 'Task/a 2']);
  });

  it('refuses to hear other subjects under a name that is taken', async () => {
    await hearing.by(new Recorder('outcomes-rules'));
    const other = new Recorder('outcomes-rules', { subjects: ['ginnel.referral.ServiceRequest.>'] });
    await expect(hearing.by(other)).rejects.toThrow(BrokerNotUsable);
  });
});
