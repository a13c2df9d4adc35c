import type { Bundle, Task } from 'fhir/r4';
import { everyone } from '#fhir';
import { Service } from '#service';
import { ReferralActors } from './referral-actors.js';
import { type Answer, startWorld, type World } from './world.js';

const overlapMs = 5 * 60_000;

/** A sender that was away: all that it missed, by search. */
describe('a requester that comes back', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  /** Walks all pages of what changed since then; `between` happens after the first page. */
  async function changedSince(
    since: string,
    between: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Task[]> {
    const requester = 'Organization/worth-valley-practice';
    const query = new URLSearchParams({ requester, _lastUpdated: since, _sort: '_lastUpdated', _count: '4' });
    const found: Task[] = [];
    let path: string | undefined = `/fhir/Task?${query.toString()}`;
    for (let page = 1; path !== undefined; page++) {
      const answer: Answer<Bundle<Task>> = await world.send('practice', { path });
      const { body } = answer;
      found.push(...(body.entry ?? []).map(({ resource }) => resource as Task));
      const next: string | undefined = body.link?.find(({ relation }) => relation === 'next')?.url;
      path = next?.replace(/^https?:\/\/[^/]+/, '');
      if (page === 1) await between();
    }
    return found;
  }

  it('loses nothing of what changes while it walks the pages', async () => {
    const since = `gt${new Date().toISOString()}`;
    const referrals = [];
    for (let n = 0; n < 6; n++) referrals.push(await actors.refer('staying-steady'));
    const [first, , third] = referrals;
    // One that was shown changes again, one that was not moves to the end, and a new one comes.
    const found = await changedSince(since, async () => {
      await actors.move('provider-khl', first?.part ?? '', { status: 'accepted' });
      await actors.move('provider-khl', third?.part ?? '', { status: 'accepted' });
      referrals.push(await actors.refer('staying-steady'));
    });
    const latest = new Map(found.map(({ id = '', status }) => [id, status]));
    const expected = referrals.map(({ part }) =>
      part === first?.part || part === third?.part ? 'accepted' : 'requested',
    );
    expect(referrals.map(({ part }) => latest.get(part))).toEqual(expected);
  });

  it('finds what was committed late under an earlier time, where it looks five minutes back', async () => {
    const late = await actors.refer('staying-steady');
    const service = world.running.app
      .get(Service, { strict: false, each: true })
      .find(({ definition }) => definition.name === 'referral');
    const stored = await service?.store.read('Task', late.part, everyone);
    if (!service || !stored) throw new Error('The referral service does not know the Task.');
    const resource = { ...(JSON.parse(stored.content) as Task), description: 'late' };
    const act = { agent: 'test', interaction: 'update', correlationId: 'c' };
    const seen = await service.database.transaction(everyone, async (tx) => {
      const write = {
        interaction: 'update' as const,
        resource,
        audience: stored.audience,
        version: stored.version,
      };
      await service.store.commit([write], act, tx);
      // A later change is committed, and seen, before this one.
      const other = await actors.refer('staying-steady');
      const [newest] = (await changedSince(`ge${new Date(Date.now() - overlapMs).toISOString()}`)).slice(-1);
      expect(newest?.id === other.part || newest?.id === other.parent).toBe(true);
      return newest?.meta?.lastUpdated ?? '';
    });
    const isLate = ({ id, description }: Task) => id === late.part && description === 'late';
    const strict = await changedSince(`gt${seen}`);
    const overlapping = await changedSince(`ge${new Date(Date.parse(seen) - overlapMs).toISOString()}`);
    expect([strict.some(isLate), overlapping.some(isLate)]).toEqual([false, true]);
  });
});
