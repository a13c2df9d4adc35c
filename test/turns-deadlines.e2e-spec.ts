import type { Extension, ServiceRequest, Task } from 'fhir/r4';
import { SettleDeadlines } from '../apps/referral/src/use-cases/settle-deadlines.js';
import { eventually } from './eventually.js';
import { type Referral } from './referral-actors.js';
import { Tables } from './tables.js';
import { TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

describe('a referral on which nobody works', () => {
  let world: World;
  let clock = new Date('2027-01-11T09:00:00Z');
  const actors = new TurnActors(() => world);
  const tables = new Tables(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: () => clock });
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is escalated, reminded of and ended, each once, and says until when it is to be answered', async () => {
    const referral = await actors.refer('staying-steady');
    const told = [answerDue(await part(referral))];
    for (const [days, state] of [
      [2.01, 'requested/escalated'],
      [7.01, 'requested/escalated'],
      [14.01, 'cancelled/expired'],
    ] as const) {
      const known = (await part(referral)).meta?.versionId;
      clock = new Date(Date.parse(told[0] ?? '') + (days - 2) * dayMs);
      const moved = await eventually(
        () => part(referral),
        (task) => task.meta?.versionId !== known,
      );
      told.push(stateOf(moved));
      expect(stateOf(moved)).toBe(state);
    }
    const parent = await actors.read<Task>('practice', `Task/${referral.parent}`);
    expect([stateOf(parent), await eventsOf(referral.part)]).toEqual([
      'received/alternatives-offered',
      ['referral-requested.v1', 'referral-escalated.v1', 'referral-reminded.v1', 'referral-expired.v1'],
    ]);
    const passed = (await part(referral)).extension?.filter(({ url }) => url.endsWith('/deadline-passed')) ?? [];
    expect(passed.map((one) => kindOf(one))).toEqual(['acknowledge', 'decide', 'expire']);
    const late = await actors.move('provider-khl', referral.part, { status: 'accepted' });
    expect(late.status).toBe(409);
  });

  it('is settled once, also where many processes look at the same moment', async () => {
    const referrals = await Promise.all([1, 2, 3, 4, 5].map(() => actors.refer('staying-steady')));
    clock = new Date(clock.getTime() + 21 * dayMs);
    const settling = world.running.app.get(SettleDeadlines, { strict: false });
    await eventually(
      () => Promise.all([1, 2, 3, 4].map(() => settling.execute())),
      (settled) => settled.every((count) => count === 0),
    );
    await eventually(
      () => Promise.all(referrals.map(part)),
      (tasks) => tasks.every((task) => stateOf(task) === 'cancelled/expired'),
    );
    const events = await Promise.all(referrals.map((referral) => eventsOf(referral.part)));
    expect(new Set(events.map(String))).toEqual(
      new Set(['referral-requested.v1,referral-escalated.v1,referral-reminded.v1,referral-expired.v1']),
    );
  });

  it('goes on with the next of those whom the requester named', async () => {
    const referral = await actors.refer('staying-steady', undefined, {
      performer: ['staying-steady', 'games-cafe'].map((id) => ({ reference: `HealthcareService/${id}` })),
    });
    clock = new Date(clock.getTime() + 21 * dayMs);
    const parts = await eventually(
      () => actors.search<Task>('practice', `Task?part-of=Task/${referral.parent}&_sort=authored-on`),
      (found) => found.length === 2,
    );
    expect(parts.map((task) => [stateOf(task), task.owner?.reference])).toEqual([
      ['cancelled/expired', 'Organization/keighley-healthy-living'],
      ['requested/sent', 'Organization/project-6'],
    ]);
    const seen = ['provider-project6', 'provider-khl'] as const;
    const wish = `ServiceRequest/${referral.request}`;
    expect(await Promise.all(seen.map((as) => actors.statusOf(as, wish)))).toEqual([200, 404]);
  });

  it('waits while the requester is asked something', async () => {
    const referral = await actors.refer('staying-steady');
    const other = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'received' });
    await actors.move('provider-khl', referral.part, {
      businessStatus: business('info-needed'),
      statusReason: { text: 'Which knee?' },
    });
    clock = new Date(clock.getTime() + 21 * dayMs);
    await eventually(
      () => part(other),
      (task) => stateOf(task) === 'cancelled/expired',
    );
    expect([stateOf(await part(referral)), answerDue(await part(referral))]).toEqual([
      'received/info-needed',
      undefined,
    ]);
  });

  it('is told of when the day of a contact has come', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const due = (await part(referral)).extension?.find(({ url }) => url.endsWith('/contact-due'))?.valueDate ?? '';
    clock = new Date(`${due}T09:00:00Z`);
    await eventually(
      () => eventsOf(referral.part),
      (events) => events.includes('referral-contact-due.v1'),
    );
    expect(stateOf(await part(referral))).toBe('accepted/accepted');
  });

  it('is told of when the day has come until which it rests, also after a contact meanwhile', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.done('provider-khl', referral.part, 'accept');
    const due = new Date(clock.getTime() + 21 * 86_400_000).toISOString().slice(0, 10);
    await actors.done('provider-khl', referral.part, 'hold', {
      reasonText: { valueString: 'She is away.' },
      until: { valueDate: due },
    });
    await actors.done('provider-khl', referral.part, 'record-contact', {
      channel: { valueCode: 'phone' },
      readiness: { valueCode: 'green' },
    });
    expect(stateOf(await part(referral))).toBe('on-hold/paused');
    clock = new Date(`${due}T09:00:00Z`);
    await eventually(
      () => eventsOf(referral.part),
      (events) => events.includes('referral-contact-due.v1'),
    );
  });

  it('is cancelled where the provider that had not begun is silent, and only there', async () => {
    const waiting = await actors.refer('staying-steady');
    await actors.move('provider-khl', waiting.part, { status: 'accepted' });
    const begun = await actors.refer('staying-steady');
    await actors.start('provider-khl', begun.part);
    const resting = await actors.refer('staying-steady');
    await actors.done('provider-khl', resting.part, 'accept');
    await actors.done('provider-khl', resting.part, 'hold', {
      reasonText: { valueString: 'She is away.' },
      until: { valueDate: new Date(clock.getTime() + 60 * dayMs).toISOString().slice(0, 10) },
    });
    for (const { request } of [waiting, begun, resting]) {
      const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
      await actors.put('practice', { ...sent, status: 'revoked' });
    }
    clock = new Date(clock.getTime() + 5 * dayMs);
    const wish = () => actors.read<ServiceRequest>('practice', `ServiceRequest/${waiting.request}`);
    await eventually(wish, ({ status }) => status === 'revoked');
    const [abort] = await actors.search<Task>('practice', `Task?focus=Task/${waiting.part}`);
    expect([stateOf(await part(waiting)), abort?.status, stateOf(await part(begun))]).toEqual([
      'cancelled/cancelled-by-requester',
      'completed',
      'in-progress/cancel-requested',
    ]);
    await eventually(
      () => part(resting),
      (task) => stateOf(task) === 'cancelled/cancelled-by-requester',
    );
    clock = new Date(clock.getTime() + 42 * dayMs);
    await eventually(
      () => eventsOf(begun.part),
      (events) => events.at(-1) === 'referral-reminded.v1',
    );
    expect(stateOf(await part(begun))).toBe('in-progress/cancel-requested');
  });

  it('is accepted as of when that happened, also where it was escalated before that was told', async () => {
    const referral = await actors.refer('staying-steady');
    const valueDateTime = new Date(clock.getTime() + dayMs).toISOString();
    clock = new Date(Date.parse(answerDue(await part(referral)) ?? '') + 1000);
    const { extension = [] } = await eventually(
      () => part(referral),
      (task) => stateOf(task) === 'requested/escalated',
    );
    const at = { url: 'https://ginnel.org.uk/fhir/StructureDefinition/occurred-at', valueDateTime };
    const others = extension.filter(({ url }) => url !== at.url);
    const accepted = await actors.move('provider-khl', referral.part, {
      status: 'accepted',
      extension: [...others, at],
    });
    expect([accepted.status, stateOf(accepted.body)]).toEqual([200, 'accepted/accepted']);
  });

  it('is reminded of when nothing came of a place that was offered until a day', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.done('provider-khl', referral.part, 'accept');
    const day = new Date(clock.getTime() + 2 * dayMs).toISOString().slice(0, 10);
    await actors.done('provider-khl', referral.part, 'offer-place', { replyBy: { valueDate: day } });
    clock = new Date(Date.parse(`${day}T00:00:00Z`) + 1.1 * dayMs);
    await eventually(
      () => eventsOf(referral.part),
      (events) => events.at(-1) === 'referral-reminded.v1',
    );
    expect(stateOf(await part(referral))).toBe('accepted/place-offered');
  });

  it('has half the time where it is urgent', async () => {
    const at = clock.getTime();
    const urgent = await actors.refer('staying-steady', undefined, { priority: 'urgent' });
    const [usual, half] = [answerDue(await part(await actors.refer('staying-steady'))), answerDue(await part(urgent))];
    expect(Date.parse(usual ?? '') - at).toBeGreaterThan(Date.parse(half ?? '') - at);
  });

  it('has the deadlines that Ginnel keeps, whatever a client says of them', async () => {
    const referral = await actors.refer('staying-steady');
    const before = await part(referral);
    const forged = await actors.move('provider-khl', referral.part, {
      description: 'Invented',
      extension: before.extension?.filter(({ url }) => !url.endsWith('/deadline')) ?? [],
    });
    expect([forged.status, forged.body.extension]).toEqual([200, before.extension]);
  });

  it('is settled also where the one before it cannot be, and that one once it can', async () => {
    const [broken, sound] = [await actors.refer('staying-steady'), await actors.refer('staying-steady')];
    const { rows } = await tables.on((client) =>
      client.query<{ content: string }>('SELECT content FROM referral.task WHERE id = $1', [broken.part]),
    );
    await setContent(broken.part, '{');
    clock = new Date(Date.parse(answerDue(await part(sound)) ?? '') + dayMs);
    await eventually(
      () => part(sound),
      (task) => stateOf(task) === 'requested/escalated',
    );
    const settling = world.running.app.get(SettleDeadlines, { strict: false });
    const looked = () =>
      settling.execute().then(
        () => 'settled others',
        () => 'failed',
      );
    await eventually(looked, (outcome) => outcome === 'failed');
    await setContent(broken.part, rows[0]?.content ?? '');
    await eventually(
      () => part(broken),
      (task) => stateOf(task) === 'requested/escalated',
    );
  });

  function part(referral: Referral): Promise<Task> {
    return actors.read<Task>('practice', `Task/${referral.part}`);
  }

  function setContent(task: string, content: string): Promise<unknown> {
    return tables.on((client) => client.query('UPDATE referral.task SET content = $2 WHERE id = $1', [task, content]));
  }

  function eventsOf(task: string): Promise<string[]> {
    return tables.on(async (client) => {
      const text = 'SELECT type FROM referral.outbox WHERE resource_id = $1 ORDER BY id';
      return (await client.query<{ type: string }>(text, [task])).rows.map(({ type }) => type);
    });
  }
});

const dayMs = 86_400_000;

function business(code: string) {
  return { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-business-status', code }] };
}

function stateOf({ status, businessStatus }: Task): string {
  return `${status}/${businessStatus?.coding?.[0]?.code ?? ''}`;
}

function answerDue({ extension = [] }: Task): string | undefined {
  return extension.find(({ url }) => url.endsWith('/answer-due'))?.valueDateTime;
}

function kindOf({ extension = [] }: Extension): string | undefined {
  return extension.find(({ url }) => url === 'kind')?.valueCode;
}
