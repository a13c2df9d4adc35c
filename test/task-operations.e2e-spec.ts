import type { Task } from 'fhir/r4';
import { clock, type Turn, turns } from './task-turn-table.js';
import { businessOf, comparable, TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

describe('an operation on a Task', () => {
  let world: World;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: () => clock });
  });

  afterAll(async () => {
    await world.stop();
  });

  async function partAfter(after: Turn['after'] = []): Promise<string> {
    const { part } = await actors.refer('staying-steady');
    for (const [code, values, as = 'provider-khl'] of after) await actors.done(as, part, code, values);
    return part;
  }

  it.each(turns)(
    '$code, to $becomes, makes what a plain update makes',
    async ({ code, after, as = 'provider-khl', ...turn }) => {
      const [operated, updated] = [await partAfter(after), await partAfter(after)];
      const values = turn.values ?? {};
      const byOperation = await actors.operate(as, operated, code, { values });
      const before = await actors.read<Task>(as, `Task/${updated}`);
      const byUpdate = await actors.put<Task>(as, { ...before, ...turn.plain(before) });
      for (const { status, text } of [byOperation, byUpdate]) if (status !== 200) throw new Error(text);
      expect(comparable(byOperation.body)).toEqual(comparable(byUpdate.body));
      const stored = await actors.read<Task>(as, `Task/${operated}`);
      expect(stored).toEqual(byOperation.body);
      expect(`${stored.status}/${businessOf(stored) ?? ''}`).toBe(turn.becomes);
    },
  );

  it.each(turns)('$code, to $becomes, asked again answers the same and writes nothing', async (turn) => {
    const { code, after, as = 'provider-khl', values = {} } = turn;
    // Where it goes back to what was before, only its key tells that it is the same.
    const isBack = ['provide-information', 'resume', 'refuse-cancellation', 'undo'].includes(code);
    const headers = isBack ? { 'idempotency-key': `again-${code}` } : {};
    const part = await partAfter(after);
    const [first, again] = [
      await actors.operate(as, part, code, { values, headers }),
      await actors.operate(as, part, code, { values, headers }),
    ];
    expect([first.status, again.status, again.headers.get('etag')]).toEqual([200, 200, first.headers.get('etag')]);
    expect(again.body).toEqual(first.body);
  });

  it('that undoes an end takes back what it said of the outcome, so that the next end does not say it again', async () => {
    const outcome = { needMet: { valueCode: 'fully' }, outcome: { valueString: 'Walks.' } };
    const counted = { stillOpen: { valueString: 'Transport' }, attended: { valueUnsignedInt: 5 } };
    const part = await partAfter([
      ['accept'],
      ['start', { date: { valueDateTime: '2026-11-02' } }],
      ['complete', { ...outcome, ...counted }],
      ['undo'],
    ]);
    const values = { reasonText: { valueString: 'The hall is shut' }, note: { valueString: 'She has our number.' } };
    const withdrawn = await actors.done('provider-khl', part, 'withdraw', values);
    expect([withdrawn.status, withdrawn.output]).toEqual(['cancelled', undefined]);
    await actors.done('provider-khl', part, 'undo');
    const completed = await actors.done('provider-khl', part, 'complete', { needMet: { valueCode: 'partly' } });
    expect(completed.output?.map(({ valueCode }) => valueCode)).toEqual(['partly']);
  });

  it('that tells the session at which the work began is a session of that time, and told again is none', async () => {
    const at = '2026-11-22T08:00:00Z';
    const part = await partAfter([
      ['accept', { occurredAt: { valueDateTime: '2026-11-20T08:00:00Z' } }],
      ['start', { date: { valueDateTime: at } }],
    ]);
    const held = () =>
      actors.operate('provider-khl', part, 'record-session', { values: { occurredAt: { valueDateTime: at } } });
    const [first, again] = [await held(), await held()];
    expect([first.status, businessOf(first.body), again.headers.get('etag')]).toEqual([
      200,
      'session-recorded',
      first.headers.get('etag'),
    ]);
    const kinds = first.body.extension?.map(({ url, valueDateTime = '' }) => [url.split('/').at(-1), valueDateTime]);
    expect(kinds).toContainEqual(['occurred-at', '2026-11-22T08:00:00.000Z']);
    expect(kinds?.map(([kind]) => kind)).not.toContain('late-turn');
  });
});
