import { randomUUID } from 'node:crypto';
import { Hearing } from '../test/hearing.js';
import { effectsOf, Recorder } from '../test/recorder.js';
import { putAside, type Undone } from './put-aside.js';
import { Unprocessable } from './unprocessable.js';

const consumer = 'outcomes-does-what-is-due';

function undone(id: string): Undone {
  return {
    consumer,
    service: 'outcomes',
    type: 'summary-due.v1',
    about: { type: 'ServiceRequest', id },
    data: { kind: 'milestone' },
    id: randomUUID(),
    at: new Date(),
    correlationId: 'a clock',
    tries: 6,
  };
}

describe('work that a clock did in vain', () => {
  const hearing = new Hearing();

  const aside = (ids: readonly string[], error: unknown): Promise<void> =>
    hearing.installation.database.transaction(['*'], async (tx) => {
      for (const id of ids) await putAside(undone(id), error, tx);
    });

  it('lies among the dead letters and is done when an operator says so, of one resource in order', async () => {
    const handler = new Recorder(consumer, { subjects: [] });
    const consumers = await hearing.by(handler);
    await aside(['a', 'a', 'b'], new Error('An error may quote Mrs Example.'));
    const letters = await consumers.letters.list();
    expect(letters).toMatchObject([
      { consumer, eventType: 'summary-due.v1', resource: 'ServiceRequest/a', sequence: 1, reason: 'failed' },
      { resource: 'ServiceRequest/a', sequence: 2, detail: 'Error', deliveries: 6 },
      { resource: 'ServiceRequest/b', sequence: 1 },
    ]);
    const [first = '', second = '', third = ''] = letters.map(({ id }) => id);
    expect(await consumers.letters.replay(second)).toBe('waits');
    expect(await consumers.letters.replay(first)).toBe('replayed');
    expect(await consumers.letters.replay(second)).toBe('replayed');
    expect(await consumers.letters.replay(third)).toBe('replayed');
    expect(await effectsOf(hearing.installation.database, consumer)).toEqual([
      'ServiceRequest/a 1',
      'ServiceRequest/a 2',
      'ServiceRequest/b 1',
    ]);
    await aside(['a'], new Unprocessable('record-missing'));
    expect(await consumers.letters.list()).toMatchObject([{ sequence: 3, detail: 'record-missing' }]);
  });

  it('is given up by an operator, and later work of its resource can be done', async () => {
    const handler = new Recorder(consumer, { subjects: [] });
    const consumers = await hearing.by(handler);
    await aside(['a', 'a'], new Unprocessable('record-missing'));
    const [first, second] = await consumers.letters.list();
    expect(first?.reason).toBe('unprocessable');
    expect(await consumers.letters.discard(first?.id ?? '')).toBe(true);
    expect(await consumers.letters.replay(second?.id ?? '')).toBe('replayed');
    expect(await effectsOf(hearing.installation.database, consumer)).toEqual(['ServiceRequest/a 2']);
  });
});
