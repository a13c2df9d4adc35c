import { randomUUID } from 'node:crypto';
import type { Bundle, OperationOutcome, ServiceRequest } from 'fhir/r4';
import { parseXml } from '#fhir-server';
import { errorRows, nameOf } from '../apps/sandbox/src/faults/error-rows.js';
import { mountFaults } from '../apps/sandbox/src/faults/mount-faults.js';
import { messageFor } from './messages.js';
import { type Answer, startWorld, type World } from './world.js';

const fhirXml = 'application/fhir+xml';

/** What integrators may ask a sandbox to do wrong. */
describe('failing on purpose', () => {
  let world: World;
  const waited: number[] = [];
  const wait = (ms: number) => Promise.resolve(waited.push(ms));

  beforeAll(async () => {
    world = await startWorld({
      routes: (fastify) => {
        mountFaults(fastify, { host: '127.0.0.1', newId: randomUUID, wait });
      },
    });
  });

  afterAll(async () => {
    await world.stop();
  });

  function send(body: Bundle | string, headers: Record<string, string>): Promise<Answer<OperationOutcome>> {
    return world.send<OperationOutcome>('practice', {
      method: 'POST',
      path: '/fhir/$process-message',
      body,
      headers: { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID(), ...headers },
    });
  }

  async function referrals(): Promise<number> {
    const { body } = await world.send<Bundle>('practice', { path: '/fhir/ServiceRequest?_summary=count' });
    return body.total ?? 0;
  }

  describe.each(errorRows.map((row) => [nameOf(row), row] as const))('%s', (name, row) => {
    const expected = [row.status, row.code, row.issue];
    const told = ({ status, body }: Answer<OperationOutcome>) => {
      const [issue] = body.issue;
      return [status, issue?.details?.coding?.[0]?.code, issue?.code];
    };

    it('is answered to a header, a target and a destination, with the ids of the request', async () => {
      const ids = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
      const target = Buffer.from(JSON.stringify({ value: `NHS0001-${name}`, system: dos })).toString('base64');
      const answers = [
        await send(messageFor(), { ...ids, 'x-ginnel-fail': name }),
        await send(messageFor(), { ...ids, 'nhsd-target-identifier': target }),
        await send(sentTo(`NHS0001-${name}`), ids),
      ];
      expect(answers.map(told)).toEqual([expected, expected, expected]);
      for (const { headers } of answers) {
        expect([headers.get('x-request-id'), headers.get('x-correlation-id')]).toEqual(Object.values(ids));
      }
    });

    it('is answered in XML', async () => {
      const answer = await send(messageFor(), { 'x-ginnel-fail': name, accept: fhirXml });
      const body = parseXml(answer.text, { maxDepth: 50 }) as OperationOutcome;
      expect(told({ ...answer, body })).toEqual(expected);
    });
  });

  it.each([
    ['400', 'REC_BAD_REQUEST'],
    ['401', 'REC_UNAUTHORIZED'],
    ['403', 'REC_FORBIDDEN'],
    ['408', 'REC_TIMEOUT'],
    ['409', 'REC_CONFLICT'],
    ['422', 'REC_UNPROCESSABLE_ENTITY'],
    ['500', 'REC_SERVER_ERROR'],
    ['501', 'REC_NOT_IMPLEMENTED'],
    ['503', 'REC_UNAVAILABLE'],
  ])("takes the target NHS0001-%s of the standard's own sandbox", async (status, code) => {
    const target = Buffer.from(JSON.stringify({ value: `NHS0001-${status}`, system: dos })).toString('base64');
    const answer = await send(messageFor(), { 'nhsd-target-identifier': target });
    expect([String(answer.status), answer.body.issue[0]?.details?.coding?.[0]?.code]).toEqual([status, code]);
  });

  it('does nothing of what it refuses', async () => {
    const before = await referrals();
    await send(messageFor(), { 'x-ginnel-fail': '503' });
    await send(sentTo('NHS0001-503'), {});
    expect(await referrals()).toBe(before);
  });

  it('loses an answer after the message was taken, so that the retry is a duplicate', async () => {
    const before = await referrals();
    const [message, ids] = [messageFor(), { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() }];
    const asked = { ...ids, 'x-ginnel-fail': 'lost-answer,times=1' };
    await expect(send(message, asked)).rejects.toThrow('fetch failed');
    const again = await send(message, asked);
    expect([again.status, again.body.issue[0]?.code, await referrals()]).toEqual([409, 'duplicate', before + 1]);
  });

  it('delivers a message twice, and has one referral of it', async () => {
    const before = await referrals();
    const answer = await send(messageFor(), { 'x-ginnel-fail': 'duplicate' });
    expect([answer.status, answer.body.issue[0]?.code, await referrals()]).toEqual([409, 'duplicate', before + 1]);
  });

  it('creates a resource twice where nothing makes the request known again', async () => {
    const before = await referrals();
    const body: ServiceRequest = {
      resourceType: 'ServiceRequest',
      status: 'draft',
      intent: 'order',
      subject: { display: 'nobody' },
    };
    const request = { method: 'POST', path: '/fhir/ServiceRequest', body } as const;
    await world.send('practice', { ...request, headers: { 'x-ginnel-fail': 'duplicate' } });
    expect(await referrals()).toBe(before + 2);
    await world.send('practice', {
      ...request,
      headers: { 'x-ginnel-fail': 'duplicate', 'idempotency-key': randomUUID() },
    });
    expect(await referrals()).toBe(before + 3);
  });

  it('delivers a request without a body twice', async () => {
    const body: ServiceRequest = {
      resourceType: 'ServiceRequest',
      status: 'draft',
      intent: 'order',
      subject: { display: 'nobody' },
    };
    const made = await world.send<ServiceRequest>('practice', { method: 'POST', path: '/fhir/ServiceRequest', body });
    const path = `/fhir/ServiceRequest/${made.body.id ?? ''}`;
    const headers = { 'x-ginnel-fail': 'duplicate', 'x-request-id': randomUUID() };
    const deleted = await world.send<OperationOutcome>('practice', { method: 'DELETE', path, headers });
    expect([deleted.status, deleted.body.issue[0]?.code]).toEqual([409, 'duplicate']);
    expect((await world.send('practice', { path })).status).toBe(410);
  });

  it('says which body it cannot deliver twice', async () => {
    const before = await referrals();
    const chunked: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      body: new Blob([JSON.stringify(messageFor())]).stream(),
      duplex: 'half',
      headers: { 'content-type': 'application/fhir+json', 'x-ginnel-fail': 'duplicate' },
    };
    const answer = await fetch(`${world.url}/fhir/$process-message`, chunked);
    const { issue } = (await answer.json()) as OperationOutcome;
    expect([answer.status, issue[0]?.code, await referrals()]).toEqual([400, 'not-supported', before]);
  });

  it('fails only so many tries of a request', async () => {
    const [message, ids] = [messageFor(), { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() }];
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) {
      statuses.push((await send(message, { ...ids, 'x-ginnel-fail': '503, times=2' })).status);
    }
    expect(statuses).toEqual([503, 503, 200]);
  });

  it('answers late', async () => {
    const answer = await send(messageFor(), { 'x-ginnel-fail': 'delay=300' });
    expect([answer.status, waited]).toEqual([200, [300]]);
  });

  it('answers without ids, and without an OperationOutcome', async () => {
    const bare = await send(messageFor(), { 'x-ginnel-fail': 'without-ids' });
    expect([bare.status, bare.headers.get('x-request-id'), bare.headers.get('x-correlation-id')]).toEqual([
      200,
      null,
      null,
    ]);
    const html = await send(messageFor(), { 'x-ginnel-fail': 'without-outcome' });
    expect([html.status, html.headers.get('content-type')]).toEqual([502, 'text/html']);
  });

  it('says what may be asked where something else is', async () => {
    const { status, body } = await send(messageFor(), { 'x-ginnel-fail': 'please' });
    expect([status, body.issue[0]?.expression]).toEqual([400, ['http.X-Ginnel-Fail']]);
  });

  it('is nothing that a service does by itself', async () => {
    const plain = await startWorld();
    try {
      const headers = { 'x-ginnel-fail': '503', 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
      const message = { method: 'POST', path: '/fhir/$process-message', body: messageFor(), headers } as const;
      expect((await plain.send('practice', message)).status).toBe(200);
      expect((await plain.send(undefined, { method: 'POST', path: '/failing/503/9999/hook', body: {} })).status).toBe(
        404,
      );
    } finally {
      await plain.stop();
    }
  });
});

const dos = 'https://fhir.nhs.uk/Id/dos-service-id';

function sentTo(value: string): Bundle {
  const message = messageFor();
  const [header] = message.entry ?? [];
  Object.assign(header?.resource ?? {}, { destination: [{ endpoint: `${dos}|${value}` }] });
  return message;
}
