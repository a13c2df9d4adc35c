import type { Caller } from '#auth';
import type { Stored } from '#fhir-store';
import { byTopic, Calls } from '../../test/calls.js';
import { NoteSubscriber } from './note-subscriber.js';

const owner = { client: 'gp', role: 'practice', organisation: 'moor-practice' } as Caller;
/** One of the same organisation that may read no activities. */
const other = {
  client: 'reports',
  role: 'practice',
  organisation: 'moor-practice',
  scopes: ['system/Task.rs'],
} as unknown as Caller;
let calls: Calls;
let noteSubscriber: NoteSubscriber;

beforeAll(async () => {
  calls = await Calls.start();
  noteSubscriber = new NoteSubscriber(calls.store, calls.database, calls.platform);
});

afterAll(() => calls.stop());

/** What the next event may be told, by the rights of whoever counts as the writer. */
async function mayTell(stored: Stored): Promise<string> {
  await calls.queue(stored);
  const [delivery] = await calls.claim();
  if (!delivery) throw new Error('Nothing is due.');
  return (await calls.findAddressee.execute(delivery)).may;
}

describe('a Subscription that Ginnel itself changes', () => {
  it.each(['before', 'after'])(
    'tells by the rights of its owner, whoever tried in vain to write it %s that',
    async (when) => {
      const hook = await calls.receiver();
      const stored = await calls.write(byTopic(hook.url()));
      await noteSubscriber.execute({ id: stored.id, version: 1 }, owner);
      const next = { id: stored.id, version: 2 };
      if (when === 'before') await noteSubscriber.execute(next, other);
      await calls.callAll();
      if (when === 'after') await noteSubscriber.execute(next, other);
      expect(await calls.statusOf(stored)).toBe('active');
      expect(await mayTell(stored)).toBe('tell');
    },
  );

  it('tells by the rights of whoever writes it then', async () => {
    const hook = await calls.receiver();
    const stored = await calls.write(byTopic(hook.url()));
    await calls.callAll();
    await noteSubscriber.execute({ id: stored.id, version: 3 }, other);
    await calls.write({ ...byTopic(hook.url()), id: stored.id }, 2);
    await calls.callAll();
    expect(await mayTell(stored)).toBe('withdrawn');
  });
});
