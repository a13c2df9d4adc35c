import type { Bundle, Parameters, Task } from 'fhir/r4';
import pg from 'pg';
import { type As } from './referral-actors.js';
import { clock } from './task-turn-table.js';
import { businessOf, parameters, TurnActors } from './task-turns.js';
import { type Answer, startWorld, type World } from './world.js';

const session = (value: string) => ({ 'ginnel-task-session': value });
const minutes = (count: number) => new Date(clock.getTime() + count * 60_000);

describe('a one-time code', () => {
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

  async function mint(part: string, as: As = 'provider-khl'): Promise<string> {
    return textIn(await actors.operate<Parameters>(as, part, 'mint-code'), 'code');
  }

  function redeem(code: string, as: As = 'integrator'): Promise<Answer<Parameters>> {
    const body = parameters({ code: { valueString: code } });
    return world.send<Parameters>(as, { method: 'POST', path: '/fhir/Task/$redeem-code', body });
  }

  async function open(part: string): Promise<string> {
    return textIn(await redeem(await mint(part)), 'session');
  }

  it('lets a client act for the provider of one Task, and of no other', async () => {
    const [{ part }, other] = [await actors.refer('staying-steady'), await actors.refer('staying-steady')];
    const redeemed = await redeem(await mint(part));
    const task = redeemed.body.parameter?.find(({ name }) => name === 'task')?.resource as Task;
    expect([redeemed.status, task.id, redeemed.headers.get('cache-control')]).toEqual([200, part, 'no-store']);
    const headers = session(textIn(redeemed, 'session'));
    const without = await actors.operate('integrator', part, 'accept');
    const elsewhere = await actors.operate('integrator', other.part, 'accept', { headers });
    const accepted = await actors.operate('integrator', part, 'accept', { headers });
    expect([without.status, elsewhere.status, accepted.status, businessOf(accepted.body)]).toEqual([
      404,
      403,
      200,
      'accepted',
    ]);
    const contact = await actors.operate('integrator', part, 'record-contact', {
      headers,
      values: { channel: { valueCode: 'phone' }, readiness: { valueCode: 'green' } },
    });
    expect(contact.status).toBe(201);
    expect(await actors.statusOf('integrator', `Task/${part}`)).toBe(404);
  });

  it('is redeemed once, also by many at the same moment', async () => {
    const { part } = await actors.refer('staying-steady');
    const code = await mint(part);
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(code)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 404)).toHaveLength(7);
  });

  it('looks the same whether it was used, has ended, was taken back or never was one', async () => {
    const { part } = await actors.refer('staying-steady');
    const [used, ended, revoked] = [
      await mint(part),
      await mint((await actors.refer('walks')).part, 'provider-khl'),
      '',
    ];
    await redeem(used);
    const replaced = await mint(part);
    const latest = await mint(part);
    await actors.operate('provider-khl', part, 'revoke-codes');
    now = minutes(8 * 24 * 60);
    const answers = [];
    for (const code of [used, ended, replaced, latest, revoked || 'never'])
      answers.push(await redeem(code, 'provider-project6'));
    expect(new Set(answers.map(({ status, text }) => `${String(status)} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
  });

  it('opens a session that ends by itself, when it is taken back, and for every other client', async () => {
    const { part } = await actors.refer('staying-steady');
    const [first, second] = [await open(part), await open(part)];
    const stolen = await actors.operate('provider-project6', part, 'accept', { headers: session(first) });
    now = minutes(31);
    const late = await actors.operate('integrator', part, 'accept', { headers: session(first) });
    now = clock;
    await actors.operate('provider-khl', part, 'revoke-codes');
    const revoked = await actors.operate('integrator', part, 'accept', { headers: session(second) });
    expect([stolen, late, revoked].map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(new Set([stolen, late, revoked].map(({ text }) => text)).size).toBe(1);
  });

  it('is made by the provider of a Task that is not at its end, and not within a session', async () => {
    const { part, parent } = await actors.refer('staying-steady');
    const headers = session(await open(part));
    const refused = [
      await actors.operate('practice', part, 'mint-code'),
      await actors.operate('provider-project6', part, 'mint-code'),
      await actors.operate('provider-khl', parent, 'mint-code'),
      await actors.operate('integrator', part, 'mint-code', { headers }),
    ];
    await actors.done('provider-khl', part, 'reject', { reason: { valueCode: '40' } });
    refused.push(await actors.operate('provider-khl', part, 'mint-code'));
    expect(refused.map(({ status }) => status)).toEqual([403, 404, 403, 404, 422]);
  });

  it('is made and redeemed by a request of its own, whose answer is kept nowhere', async () => {
    const { part } = await actors.refer('staying-steady');
    const urls = [`Task/${part}/$mint-code`, 'Task/$redeem-code'];
    const entry = urls.map((url) => ({ request: { method: 'POST' as const, url }, resource: parameters({}) }));
    const body: Bundle = { resourceType: 'Bundle', type: 'batch', entry };
    const answer = await world.send<Bundle>('provider-khl', { method: 'POST', path: '/fhir', body });
    expect(answer.body.entry?.map(({ response }) => response?.status)).toEqual(['400 Bad Request', '400 Bad Request']);
  });

  it('cannot be guessed at: after ten in vain a client waits, and its own is not taken either', async () => {
    const { part } = await actors.refer('games-cafe');
    const code = await mint(part, 'provider-project6');
    now = minutes(60);
    const guesses = [];
    for (let guess = 0; guess < 11; guess++) guesses.push((await redeem(`guess-${String(guess)}`)).status);
    const own = await redeem(code);
    expect([guesses, own.status, Number(own.headers.get('retry-after')) > 0]).toEqual([
      [...Array<number>(10).fill(404), 429],
      429,
      true,
    ]);
    now = minutes(76);
    expect((await redeem(code)).status).toBe(200);
  });

  it('stands in the audit with who acted for whom, and nowhere in the database', async () => {
    now = minutes(300);
    const { part } = await actors.refer('staying-steady');
    const code = await mint(part);
    const opened = textIn(await redeem(code), 'session');
    await actors.operate('integrator', part, 'acknowledge', { headers: session(opened) });
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ row: string }>(
      'SELECT row_to_json(t)::text AS row FROM referral.task_code t',
    );
    const audit = await client.query<{ interaction: string; agent: string; organisation: string; row: string }>(
      'SELECT interaction, agent, organisation, row_to_json(a)::text AS row FROM referral.audit_event a',
    );
    await client.end();
    const done = audit.rows
      .filter(({ row }) => row.includes(`Task/${part}`))
      .map(({ interaction, agent, organisation }) => `${agent} for ${organisation}: ${interaction}`);
    expect(done).toEqual(
      expect.arrayContaining([
        'provider-khl for keighley-healthy-living: $mint-code',
        'integrator for modality-airedale: $redeem-code',
        'integrator for keighley-healthy-living: $acknowledge',
      ]),
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { row } of rows) expect([row.includes(code), row.includes(opened)]).toEqual([false, false]);
  });
});

function textIn({ body, text }: Answer<Parameters>, name: string): string {
  const value = body.parameter?.find((one) => one.name === name)?.valueString;
  if (value === undefined) throw new Error(text);
  return value;
}
