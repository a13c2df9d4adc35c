import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { OperationOutcome, Task } from 'fhir/r4';
import { BarsWorld, refusal } from './bars-world.js';
import { eventually } from './eventually.js';
import { messageFor } from './messages.js';
import { type Answer, startWorld, type World } from './world.js';

const requests = 60;

/** The rows of the standard's error table that tell a sender to come again: 408, 425 and 429. */
describe('a message to a server that is busy', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld({ limits: { answerMs: 3_000, repeatWaitMs: 1, requests } });
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is told 425 while the same is under way and 408 when it takes too long, and has its effect once', async () => {
    const message = messageFor();
    const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
    const send = () => bars.process('practice', message, headers);
    const held = await hold(world.databaseUrl);
    const [one, other] = [send(), send()];
    const early = await Promise.race([one, other]);
    const late = (await Promise.all([one, other])).find((answer) => answer !== early);
    expect([early, ...(late ? [late] : [])].map(refusal)).toEqual([
      '425 REC_TOO_EARLY duplicate',
      '408 REC_TIMEOUT timeout',
    ]);
    expect([early, late].map((answer) => answer?.headers.get('x-request-id'))).toEqual([
      headers['x-request-id'],
      headers['x-request-id'],
    ]);
    await held.release();
    const again = await eventually(send, ({ status }) => status !== 425 && status !== 408);
    expect(refusal(again)).toBe('409 REC_CONFLICT duplicate X-Request-Id');
    const identifier = `https://ginnel.org.uk/fhir/Id/message|${message.id ?? ''}`;
    expect(await bars.search<Task>('practice', `Task?identifier=${identifier}`)).toHaveLength(1);
  });

  it('is told 429 and when to come again, by whoever sends more than its share', async () => {
    const answers: Answer[] = [];
    for (let sent = 0; sent < requests; sent++) answers.push(await bars.process('provider-project6', '{}'));
    const last = await bars.process('provider-project6', '{}');
    expect([answers.filter(({ status }) => status === 429), refusal(last)]).toEqual([
      [],
      '429 REC_TOO_MANY_REQUESTS throttled',
    ]);
    expect(last.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((last.body as unknown as OperationOutcome).issue).toMatchObject([
      { details: { coding: [{ system: 'https://fhir.nhs.uk/Codesystem/http-error-codes' }] } },
    ]);
  });
});

/** Nobody writes a ServiceRequest until this is released. */
async function hold(databaseUrl: string): Promise<{ release: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE referral.service_request IN SHARE ROW EXCLUSIVE MODE');
  return {
    release: async () => {
      await client.query('COMMIT');
      await client.end();
    },
  };
}
