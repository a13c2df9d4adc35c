import type { Task } from 'fhir/r4';
import { type Referral, ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const occurredAt = `${base}/StructureDefinition/occurred-at`;
const reason = { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '42' }] };

describe('a turn that is told by a plain update', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('twice is taken once, and leaves one version', async () => {
    const { part } = await actors.refer('walks');
    const first = await actors.move('provider-khl', part, accepted);
    const again = await actors.move('provider-khl', part, accepted);
    expect([first.status, again.status, again.body.meta?.versionId]).toEqual([200, 200, first.body.meta?.versionId]);
  });

  it("of the referral's own Task twice is taken once, and answers that Task", async () => {
    const { part, parent } = await actors.refer('walks');
    const sent = await unworded(parent, 'accepted');
    const first = await actors.put<Task>('provider-khl', sent);
    const moved = await actors.read<Task>('provider-khl', `Task/${part}`);
    const again = await actors.put<Task>('provider-khl', sent);
    expect([first.status, again.status, again.headers.get('etag')]).toEqual([200, 200, first.headers.get('etag')]);
    expect(again.body).toEqual(first.body);
    expect(again.body).toMatchObject({ id: parent, status: 'accepted' });
    expect(await actors.read<Task>('provider-khl', `Task/${part}`)).toEqual(moved);
  });

  it("of the referral's own Task leaves each of its notes once in both Tasks, with a turn and without one", async () => {
    const { part, parent } = await actors.refer('walks');
    const [a, b] = [{ text: 'She prefers mornings.' }, { text: 'She asks for a companion.' }];
    const sent = await unworded(parent, 'accepted');
    for (const note of [[a], [a, b], [a, b]]) {
      const answer = await actors.put<Task>('provider-khl', { ...sent, note });
      expect([answer.status, answer.body.id, words(answer.body)]).toEqual([200, parent, words({ note })]);
    }
    const done = await actors.put<Task>('provider-khl', { ...sent, status: 'completed', note: [a, b] });
    const ended = await actors.read<Task>('provider-khl', `Task/${part}`);
    expect([done.status, words(done.body), words(ended)]).toEqual([200, words({ note: [a, b] }), words(done.body)]);
  });

  it('keeps the outcome that was recorded where the end is told again without it, by either Task', async () => {
    const { part, parent } = await actors.refer('walks');
    await actors.start('provider-khl', part);
    const output = [{ type: { text: 'a resulting activity' }, valueString: 'A walk' }];
    const first = await actors.put<Task>('provider-khl', { ...(await unworded(part, 'completed')), output });
    const again = await actors.put<Task>('provider-khl', { ...(await unworded(part, 'completed')), output });
    expect([first.status, again.status, first.body.output?.length]).toEqual([200, 200, 2]);
    expect(again.body).toEqual(first.body);
    const ofOwn = await actors.put<Task>('provider-khl', { ...(await unworded(parent, 'completed')), output });
    expect([ofOwn.status, await actors.read<Task>('provider-khl', `Task/${part}`)]).toEqual([200, first.body]);
    const taken = await actors.move('provider-khl', part, { output: [{ type: needMet, valueCode: 'perhaps' }] });
    expect([taken.status, taken.text]).toEqual([422, expect.stringContaining('need-met')]);
  });

  it('keeps when the work began where a later one says its end only, by either Task', async () => {
    for (const which of ['part', 'parent'] as const) {
      const referral = await actors.refer('walks');
      await actors.start('provider-khl', referral.part);
      const sent = { ...(await unworded(referral[which], 'completed')), executionPeriod: { end: '2026-11-20' } };
      const answer = await actors.put<Task>('provider-khl', sent);
      const { executionPeriod } = await actors.read<Task>('practice', `Task/${referral.part}`);
      expect([answer.status, executionPeriod]).toEqual([200, { start: '2026-11-01', end: '2026-11-20' }]);
    }
  });

  it("of the referral's own Task leaves nothing of its notes there for who joins", async () => {
    const ended = { ...rejecting, note: [{ text: 'She has moved.' }] };
    const forwarded: Partial<Task> = {
      ...{ status: 'cancelled', businessStatus: business('forwarded'), note: [{ text: 'She agreed.' }] },
      output: [{ type: successorType, valueReference: { reference: 'HealthcareService/games-cafe' } }],
    };
    const steps: [Partial<Task>, (referral: Referral) => Promise<{ status: number; text: string }>][] = [
      [{}, ({ parent }) => actors.move('provider-khl', parent, ended)],
      [accepted, ({ parent }) => actors.move('provider-khl', parent, forwarded)],
      [accepted, (referral) => actors.ask(referral, 'games-cafe')],
    ];
    for (const [turn, step] of steps) {
      const referral = await actors.refer('walks');
      const note = [{ text: 'Told in confidence.' }, { text: 'Of a worker.', authorString: 'Ann' }];
      const noted = await actors.move('provider-khl', referral.parent, { ...turn, note });
      const before = await actors.read<Task>('provider-khl', `Task/${referral.parent}`);
      expect([noted.status, words(before)]).toEqual([200, words({ note })]);
      const { status, text } = await step(referral);
      expect([status < 300, status < 300 ? '' : text]).toEqual([true, '']);
      if (turn !== accepted) expect((await actors.ask(referral, 'games-cafe')).status).toBe(201);
      const joined = await actors.read<Task>('provider-project6', `Task/${referral.parent}`);
      const own = await actors.read<Task>('provider-khl', `Task/${referral.part}`);
      expect([joined.id, words(joined), words(own).slice(0, 2)]).toEqual([referral.parent, [], words({ note })]);
      const earlier = `Task/${referral.parent}/_history/${before.meta?.versionId ?? ''}`;
      expect(await actors.statusOf('provider-project6', earlier)).toBe(404);
      expect(await actors.statusOf('provider-khl', earlier)).toBe(200);
    }
  });

  it('after others that nobody told implies them, and needs what they need', async () => {
    const { part } = await actors.refer('walks');
    const session: Partial<Task> = { status: 'in-progress', businessStatus: business('session-recorded') };
    const undated = await actors.move('provider-khl', part, session);
    const dated = await actors.move('provider-khl', part, { ...session, executionPeriod: { start: '2026-11-01' } });
    expect([undated.status, dated.status, dated.body.status]).toEqual([422, 200, 'in-progress']);
    expect(codesIn(dated.body, 'implied-turn')).toEqual(['accepted', 'started']);
  });

  it('with a time before the last one is kept and leaves the state, and the referral as it was', async () => {
    const { part, parent } = await actors.refer('walks');
    await actors.start('provider-khl', part);
    const before = await actors.read<Task>('practice', `Task/${parent}`);
    const late = await actors.move('provider-khl', part, { ...missed, extension: [at('2020-01-01T09:00:00Z')] });
    const after = await actors.read<Task>('practice', `Task/${parent}`);
    expect([late.status, late.body.status, codeOf(late.body), codesIn(late.body, 'late-turn')]).toEqual([
      200,
      'in-progress',
      'started',
      ['dna'],
    ]);
    expect(after).toEqual(before);
  });

  it('with a time to come is refused', async () => {
    const { part } = await actors.refer('walks');
    const answer = await actors.move('provider-khl', part, { ...accepted, extension: [at('2099-01-01T09:00:00Z')] });
    expect(answer.status).toBe(422);
  });

  it('that no row allows is refused with what is allowed, until the end is undone', async () => {
    const { part } = await rejected();
    const begun = await actors.move('provider-khl', part, {
      status: 'in-progress',
      executionPeriod: { start: '2026-11-01' },
    });
    expect([begun.status, begun.text]).toEqual([422, expect.stringContaining('Task/[id]/$reopen')]);
    const back = await actors.move('provider-khl', part, {
      status: 'received',
      businessStatus: business('acknowledged'),
    });
    expect([back.status, back.body.status, codeOf(back.body)]).toEqual([200, 'received', 'acknowledged']);
  });

  it.each(['part', 'parent'] as const)(
    'again after an end does not undo that unless it names the version that it read: the %s',
    async (which) => {
      const referral = await actors.refer('walks');
      const { meta, ...sent } = await unworded(referral[which], 'accepted');
      expect(meta?.versionId).toBeDefined();
      const path = `/fhir/Task/${referral[which]}`;
      const put = (status: Task['status'], headers = {}) =>
        world.send<Task>('provider-khl', { method: 'PUT', path, body: { ...sent, status }, headers });
      const once = [await put('accepted'), await put('completed')];
      const again = await put('accepted');
      const stale = await actors.put<Task>('provider-khl', { ...sent, meta: { versionId: '1' } });
      const patched = await world.send('provider-khl', {
        method: 'PATCH',
        path,
        body: JSON.stringify([{ op: 'replace', path: '/status', value: 'accepted' }]),
        headers: { 'content-type': 'application/json-patch+json' },
      });
      const { status: wish } = await actors.read<Task>('practice', `ServiceRequest/${referral.request}`);
      const ended = [...once, again, stale, patched].map(({ status }) => status);
      expect([ended, again.text, wish]).toEqual([
        [200, 200, 409, 409, 409],
        expect.stringContaining('$undo'),
        'completed',
      ]);
      const undone = await put('accepted', { 'if-match': once[1]?.headers.get('etag') ?? '' });
      expect([undone.status, undone.body.status]).toEqual([200, 'accepted']);
    },
  );

  it('takes an end back for the side that said it only', async () => {
    const { part } = await rejected();
    const undone = await actors.move('practice', part, {
      status: 'received',
      businessStatus: business('acknowledged'),
    });
    expect(undone.status).toBe(422);
  });

  /** The Task as a system sends it that has no words of Ginnel. */
  async function unworded(id: string, status: Task['status']): Promise<Task> {
    const { businessStatus: unknown, ...task } = await actors.read<Task>('provider-khl', `Task/${id}`);
    expect(unknown).toBeDefined();
    return { ...task, status, executionPeriod: { start: '2026-11-01' } };
  }

  async function rejected(): Promise<Referral> {
    const referral = await actors.refer('walks');
    const answer = await actors.move('provider-khl', referral.part, { status: 'rejected', statusReason: reason });
    if (answer.status !== 200) throw new Error(answer.text);
    return referral;
  }
});

const successorType = { coding: [{ system: `${base}/CodeSystem/task-output`, code: 'successor' }] };
const rejecting: Partial<Task> = { status: 'rejected', businessStatus: business('rejected'), statusReason: reason };
const accepted: Partial<Task> = { status: 'accepted', businessStatus: business('accepted') };
const needMet = { coding: [{ system: `${base}/CodeSystem/task-output`, code: 'need-met' }] };
const missed: Partial<Task> = { businessStatus: business('dna') };

function business(code: string) {
  return { coding: [{ system: `${base}/CodeSystem/referral-business-status`, code }] };
}

function at(valueDateTime: string) {
  return { url: occurredAt, valueDateTime };
}

function words({ note = [] }: Pick<Task, 'note'>): string[] {
  return note.map(({ text }) => text);
}

function codeOf({ businessStatus }: Task): string | undefined {
  return businessStatus?.coding?.[0]?.code;
}

function codesIn({ extension = [] }: Task, name: string): (string | undefined)[] {
  return extension
    .filter(({ url }) => url === `${base}/StructureDefinition/${name}`)
    .map(({ valueCodeableConcept }) => valueCodeableConcept?.coding?.[0]?.code);
}
