import type { Bundle, Communication, Encounter, OperationDefinition, OperationOutcome, Task } from 'fhir/r4';
import { activity, type Referral } from './referral-actors.js';
import { clock } from './task-turn-table.js';
import { businessOf, TurnActors, type Values } from './task-turns.js';
import { startWorld, type World } from './world.js';

const to = (activity: string) => ({ valueReference: { reference: `HealthcareService/${activity}` } });
const readinessOf = (task: Task) =>
  task.extension?.find(({ url }) => url.endsWith('/readiness'))?.valueCodeableConcept?.coding?.[0]?.code;
const said = (name: string, { extension = [] }: { extension?: Task['extension'] }) =>
  extension.find(({ url }) => url.endsWith(`/StructureDefinition/${name}`));

describe('operations on the Tasks of a referral', () => {
  let world: World;
  let now = clock;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: () => now });
  });
  beforeEach(() => {
    now = clock;
  });
  afterAll(async () => {
    await world.stop();
  });

  it('forwards once: to the same provider it is the same, to another one it is refused', async () => {
    const { part } = await actors.refer('staying-steady');
    const told: [number, string | null][] = [];
    for (const target of ['games-cafe', 'games-cafe', 'dance']) {
      const values = { to: to(target), note: { valueString: 'She agreed.' } };
      const { status, headers } = await actors.operate('provider-khl', part, 'forward', { values });
      told.push([status, headers.get('etag')]);
    }
    expect(told).toEqual([
      [200, 'W/"2"'],
      [200, 'W/"2"'],
      [409, null],
    ]);
  });

  it('does not forward what is asked to be cancelled: nobody is named who was not asked', async () => {
    const { part, parent } = await actors.refer('staying-steady');
    await actors.done('provider-khl', part, 'accept');
    await actors.done('practice', part, 'cancel');
    const values = { to: to('games-cafe'), note: { valueString: 'She agreed.' } };
    const late = await actors.operate('provider-khl', part, 'forward', { values });
    const task = await actors.read<Task>('practice', `Task/${part}`);
    const parts = await actors.search<Task>('practice', `Task?part-of=Task/${parent}&code=fulfill`);
    expect([late.status, businessOf(task), task.output, parts.map(({ id }) => id)]).toEqual([
      409,
      'cancel-requested',
      undefined,
      [part],
    ]);
  });

  it('splits a referral among more providers at once, or not at all', async () => {
    const { request, part } = await actors.refer('staying-steady');
    const answer = await actors.operate<Bundle>('practice', part, 'split', {
      values: { to: [to('games-cafe'), to('walks')] },
    });
    const owners = async () =>
      (await actors.search<Task>('practice', `Task?focus=ServiceRequest/${request}&part-of:missing=false`))
        .map(({ owner }) => owner?.reference)
        .sort();
    expect([answer.status, answer.body.entry?.map(({ response }) => response?.status)]).toEqual([
      200,
      ['201 Created', '201 Created'],
    ]);
    const asked = await owners();
    expect(asked).toHaveLength(3);
    const wrong = await actors.operate('practice', part, 'split', { values: { to: [to('dance'), to('nowhere')] } });
    expect([wrong.status, await owners()]).toEqual([422, asked]);
    const notTheirs = await actors.operate('provider-khl', part, 'split', { values: { to: to('dance') } });
    expect(notTheirs.status).toBe(403);
  });

  it.each(['split', 'reopened beside'] as const)(
    'shows wish and person to each that one transaction asks, also to who had said no: %s',
    async (way) => {
      const referral = await actors.refer('staying-steady');
      await actors.done('provider-khl', referral.part, 'reject', { reason: { valueCode: '40' } });
      if (way === 'split') {
        await actors.done('practice', referral.part, 'split', { to: [to('ballet-be-fit'), to('games-cafe')] });
      } else {
        const other = (await actors.ask(referral, 'games-cafe')).body.id ?? '';
        await actors.done('provider-project6', other, 'reject', { reason: { valueCode: '40' } });
        expect((await both(part(referral, 'games-cafe'), again(referral.part))).status).toBe(200);
      }
      const shared = [`ServiceRequest/${referral.request}`, `Patient/${referral.patient}`, `Task/${referral.parent}`];
      for (const as of ['provider-khl', 'provider-project6'] as const) {
        const open = await actors.search<Task>(as, 'Task?status=requested');
        expect(open.map(({ partOf }) => partOf?.[0]?.reference)).toContain(`Task/${referral.parent}`);
        expect(await Promise.all(shared.map((path) => actors.statusOf(as, path)))).toEqual([200, 200, 200]);
      }
    },
  );

  it('begins again what ended, as a new Task that names the old one', async () => {
    const { part } = await actors.refer('staying-steady');
    await actors.done('provider-khl', part, 'reject', { reason: { valueCode: '40' } });
    const values: Values = { note: { valueString: 'She is eligible after all.' } };
    const headers = { 'idempotency-key': `reopen ${part}`.replaceAll(' ', '-') };
    const reopened = await actors.operate('practice', part, 'reopen', { values, headers });
    expect([reopened.status, reopened.body.status, reopened.body.note?.[0]?.text]).toEqual([
      201,
      'requested',
      'She is eligible after all.',
    ]);
    const again = await actors.operate('practice', part, 'reopen', { values, headers });
    expect([again.status, again.body]).toEqual([201, reopened.body]);
    const twice = await actors.operate('practice', part, 'reopen', { values });
    expect(twice.status).toBe(409);
  });

  it('records a talk as an Encounter, and the Task with it', async () => {
    const { part, patient } = await actors.refer('staying-steady');
    const answer = await actors.operate<Encounter>('provider-khl', part, 'record-contact', {
      values: {
        channel: { valueCode: 'phone' },
        readiness: { valueCode: 'yellow' },
        minutes: { valuePositiveInt: 12 },
        language: { valueCode: 'ur' },
        nextContact: { valueDate: '2030-12-01' },
        helper: { valueReference: { display: 'Her daughter' } },
        occurredAt: { valueDateTime: '2026-11-22T09:40:00Z' },
      },
    });
    expect([answer.status, answer.body.resourceType, answer.body.period, answer.body.subject?.reference]).toEqual([
      201,
      'Encounter',
      { start: '2026-11-22T09:40:00Z', end: '2026-11-22T09:52:00.000Z' },
      `Patient/${patient}`,
    ]);
    expect([
      said('contact-language', answer.body)?.valueCode,
      answer.body.participant?.[0]?.individual?.display,
    ]).toEqual(['ur', 'Her daughter']);
    const task = await actors.read<Task>('practice', `Task/${part}`);
    expect([task.status, businessOf(task), readinessOf(task), said('contact-due', task)?.valueDate]).toEqual([
      'received',
      'contacting',
      'yellow',
      '2030-12-01',
    ]);
  });

  it('gives up on somebody only after attempts enough, in ways and days enough', async () => {
    const { part } = await actors.refer('staying-steady');
    const attempt = (channel: string) =>
      actors.operate<Encounter | Communication>('provider-khl', part, 'record-contact', {
        values: { channel: { valueCode: channel }, result: { valueCode: 'no-answer' } },
      });
    expect((await attempt('phone')).body.resourceType).toBe('Encounter');
    const early = await actors.operate<OperationOutcome>('provider-khl', part, 'unable-to-contact');
    expect([early.status, early.text]).toEqual([422, expect.stringContaining('3 attempts in 2 channels over 7 days')]);
    now = new Date('2026-11-26T10:00:00Z');
    expect((await attempt('sms')).body.resourceType).toBe('Communication');
    now = new Date('2026-11-30T10:00:00Z');
    await attempt('phone');
    const task = await actors.done('provider-khl', part, 'unable-to-contact');
    expect([task.status, businessOf(task)]).toEqual(['failed', 'unable-to-contact']);
  });

  it('records a contact for the Task that is named, where its provider has several', async () => {
    const referral = await actors.refer('staying-steady');
    const other = (await actors.ask(referral, 'walks')).body;
    const owner = other.owner?.reference === 'Organization/project-6' ? 'provider-project6' : 'provider-khl';
    const values = { channel: { valueCode: 'visit' }, readiness: { valueCode: 'green' } };
    await actors.operate(owner, other.id ?? '', 'record-contact', { values });
    const [first, second] = [
      await actors.read<Task>('practice', `Task/${referral.part}`),
      await actors.read<Task>('practice', `Task/${other.id ?? ''}`),
    ];
    expect([readinessOf(first), readinessOf(second)]).toEqual([undefined, 'green']);
  });

  it('honours If-Match, of a turn and of a contact', async () => {
    const { part } = await actors.refer('staying-steady');
    await actors.done('provider-khl', part, 'acknowledge');
    const headers = { 'if-match': 'W/"1"' };
    const values = { channel: { valueCode: 'phone' }, readiness: { valueCode: 'green' } };
    const stale = [
      await actors.operate('provider-khl', part, 'accept', { headers }),
      await actors.operate('provider-khl', part, 'record-contact', { headers, values }),
    ];
    const fresh = await actors.operate('provider-khl', part, 'accept', { headers: { 'if-match': 'W/"2"' } });
    expect([...stale, fresh].map(({ status }) => status)).toEqual([412, 412, 200]);
  });

  it('is made once by two at the same moment', async () => {
    const { part } = await actors.refer('staying-steady');
    const answers = await Promise.all(Array.from({ length: 6 }, () => actors.operate('provider-khl', part, 'accept')));
    const task = await actors.read<Task>('provider-khl', `Task/${part}`);
    expect([answers.map(({ status }) => status), task.meta?.versionId]).toEqual([Array(6).fill(200), '2']);
  });

  it('tells others nothing, and the other side that it is not theirs', async () => {
    const { part } = await actors.refer('staying-steady');
    const answers = [
      await actors.operate('provider-project6', part, 'accept'),
      await actors.operate('practice', part, 'accept'),
      await actors.operate('analyst', part, 'accept'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 403, 403]);
  });

  it('refuses what it does not know, what is missing and what has another type, by name', async () => {
    const { part } = await actors.refer('staying-steady');
    const wrong: readonly (readonly [string, Values, string])[] = [
      ['accept', { reson: { valueCode: '40' } }, 'does not take the parameter reson'],
      ['start', {}, 'The parameter date is missing'],
      ['start', { date: { valueString: 'last week' } }, 'a valueDateTime in a POST is expected'],
      ['reject', { reason: { valueCode: 'nonsense' } }, 'statusReason'],
    ];
    for (const [code, values, words] of wrong) {
      const answer = await actors.operate('provider-khl', part, code, { values });
      expect([answer.status >= 400 && answer.status < 500, answer.text]).toEqual([
        true,
        expect.stringContaining(words),
      ]);
    }
  });

  it('says what it takes in an OperationDefinition', async () => {
    const defined = await actors.read<OperationDefinition>('provider-khl', 'OperationDefinition/Task-reject');
    expect(defined.parameter?.map(({ name, min, type }) => [name, min, type])).toEqual([
      ['reason', 1, 'code'],
      ['reasonText', 0, 'string'],
      ['occurredAt', 0, 'dateTime'],
      ['note', 0, 'string'],
      ['author', 0, 'Reference'],
      ['return', 1, 'Task'],
    ]);
  });

  const both = (...tasks: Task[]) => {
    const entry = tasks.map((resource) => ({ resource, request: { method: 'POST' as const, url: 'Task' } }));
    const body: Bundle<Task> = { resourceType: 'Bundle', type: 'transaction', entry };
    return world.send<Bundle>('practice', { method: 'POST', path: '/fhir', body });
  };
});

const asking = { resourceType: 'Task', status: 'requested', intent: 'order' } as const;

function part({ parent }: Referral, asked: string): Task {
  return { ...asking, partOf: [{ reference: `Task/${parent}` }], input: [{ type: activity, ...to(asked) }] };
}

function again(ended: string): Task {
  const type = { coding: activity.coding.map((one) => ({ ...one, code: 'reopens' })) };
  return { ...asking, input: [{ type, valueReference: { reference: `Task/${ended}` } }] };
}
