import type { CloudEvent } from '#events';
import { Hearing } from '../test/hearing.js';
import { effectsOf, Recorder } from '../test/recorder.js';
import { versions } from '../test/written.js';
import { Unprocessable } from './unprocessable.js';

class Shared extends Recorder {
  override goesTogether(): boolean {
    return true;
  }
}

/** Has an effect at even versions only. */
class Even extends Recorder {
  override concerns({ sequence }: CloudEvent): Promise<boolean> {
    return Promise.resolve(sequence % 2 === 0);
  }
}

describe('events that take their places together', () => {
  const hearing = new Hearing();
  const ids = Array.from({ length: 60 }, (_, at) => `t${String(at).padStart(2, '0')}`);

  const commits = async () => {
    const [row] = await hearing.installation.database
      .as(['*'])
      .query<{ commits: number }>({ text: 'SELECT count(DISTINCT xmin::text)::int AS commits FROM effect' });
    return row?.commits ?? 0;
  };

  it('have their effects once, in the order of their resource, in fewer transactions than there are events', async () => {
    const handler = new Shared('outcomes-copies');
    const others = [new Recorder('outcomes-none', { types: [] }), new Even('outcomes-even')] as const;
    await hearing.commit(ids.flatMap((id) => versions(id, 2)));
    await hearing.published();
    await hearing.by(handler, ...others);
    const expected = ids.flatMap((id) => [`Task/${id} 1`, `Task/${id} 2`]);
    expect(await hearing.effects(handler, expected.length)).toEqual(expected);
    expect(await hearing.effects(others[1], ids.length)).toEqual(ids.map((id) => `Task/${id} 2`));
    for (const one of [handler, ...others]) await hearing.settled(one);
    expect(await effectsOf(hearing.installation.database, handler.consumer)).toEqual(expected);
    expect(await effectsOf(hearing.installation.database, others[0].consumer)).toEqual([]);
    // Each of `even` has one of its own.
    expect(await commits()).toBeLessThan(expected.length + ids.length);
  });

  it('are taken alone where one of them fails, which alone is parked', async () => {
    const handler = new Shared('outcomes-copies');
    handler.first = ({ subject }) => {
      if (subject.startsWith('Task/t30/')) throw new Unprocessable('It is never to be understood.');
    };
    await hearing.commit(ids.flatMap((id) => versions(id, 1)));
    await hearing.published();
    const consumers = await hearing.by(handler);
    const [letter] = await hearing.parked(consumers, 1);
    await hearing.settled(handler);
    const expected = ids.filter((id) => id !== 't30').map((id) => `Task/${id} 1`);
    expect(await effectsOf(hearing.installation.database, handler.consumer)).toEqual(expected);
    expect([letter?.resource, letter?.reason]).toEqual(['Task/t30', 'unprocessable']);
  });

  it('are shared between replicas without doubling or reordering an effect', async () => {
    const handler = new Shared('outcomes-copies');
    const none = new Recorder('outcomes-none', { types: [] });
    const other = await hearing.installation.another();
    await hearing.by(handler, none);
    await hearing.replica(other, [handler, none]);
    await hearing.commit(['a', 'b', 'c'].flatMap((id) => versions(id, 40)));
    const expected = ['a', 'b', 'c'].flatMap((id) =>
      versions(id, 40).map(({ version }) => `Task/${id} ${String(version)}`),
    );
    expect(await hearing.effects(handler, expected.length)).toEqual(expected);
    for (const one of [handler, none]) await hearing.settled(one);
    expect(await effectsOf(hearing.installation.database, handler.consumer)).toEqual(expected);
  });

  it('that come again after they were taken have no second effect', async () => {
    const handler = new Shared('outcomes-copies');
    await hearing.by(handler);
    await hearing.commit(versions('a', 2));
    await hearing.effects(handler, 2);
    await hearing.publish('a', 2);
    await hearing.commit(versions('a', 1, 3));
    expect(await hearing.effects(handler, 3)).toEqual(['Task/a 1', 'Task/a 2', 'Task/a 3']);
    await hearing.settled(handler);
    expect(await effectsOf(hearing.installation.database, handler.consumer)).toHaveLength(3);
  });
});
