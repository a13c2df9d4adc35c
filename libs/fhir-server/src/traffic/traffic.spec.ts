import { connect } from 'node:net';
import { type Answer, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

const open: RunningServer[] = [];
const started = async (...options: Parameters<typeof startServer>): Promise<RunningServer> => {
  const server = await startServer(...options);
  open.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()));
});

const task = { resourceType: 'Task', status: 'requested', intent: 'order' };
const statusesOf = (answers: readonly Answer[]): number[] =>
  [...new Set(answers.map(({ status }) => status))].sort((a, b) => a - b);

/** Waits until this is no longer so. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  while (await isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('one client', () => {
  it('is told on each answer what it has left, and gets 429 beyond it while others are answered', async () => {
    const server = await started({ limits: { requests: 2 } });
    const [first, second, third] = [
      await server.call('GET /fhir/Task'),
      await server.call('GET /fhir/Task/none'),
      await server.call('GET /fhir/Task'),
    ];
    expect([first.status, second.status, third.status]).toEqual([200, 404, 429]);
    expect(first.headers.get('ratelimit-policy')).toBe('"client";q=2;w=60');
    expect(second.headers.get('ratelimit')).toMatch(/^"client";r=0;t=\d+$/);
    expect(third.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(issuesOf(third)[0]?.code).toBe('throttled');
    expect((await server.call('GET /fhir/Task', { token: 'provider' })).status).toBe(200);
  });

  it.each([
    ['may not do', 'GET /fhir/Task', 'analyst', 403],
    ['does not find', 'GET /fhir/Nothing', 'practice', 404],
    ['may not ask this way', 'OPTIONS /fhir/Task', 'practice', 405],
    ['makes too long', `GET /fhir/Task?a=${'a'.repeat(9_000)}`, 'practice', 414],
  ])('is counted for what it %s too', async (_what, request, token, status) => {
    const server = await started({ limits: { requests: 2 } });
    const answers: Answer[] = [];
    for (let time = 0; time < 3; time++) answers.push(await server.call(request, { token }));
    expect(answers.map((answer) => answer.status)).toEqual([status, status, 429]);
  });

  it('reads the code of the Booking and Referral Standard where it speaks that', async () => {
    const server = await started({ limits: { requests: 1 } });
    await server.call('GET /fhir/Task');
    const refused = await server.call('POST /fhir/$process-message', { body: {} });
    expect(refused.status).toBe(429);
    expect(issuesOf(refused)[0]?.details?.coding?.[0]?.code).toBe('REC_TOO_MANY_REQUESTS');
  });
});

it('an address that guesses tokens is not listened to, but for a client that it has been', async () => {
  const server = await started({ limits: { attempts: 3 } });
  await server.call('GET /fhir/Task');
  const guesses: Answer[] = [];
  for (let guess = 0; guess < 5; guess++)
    guesses.push(await server.call('GET /fhir/Task', { token: `t${String(guess)}` }));
  expect(guesses.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429]);
  expect((await server.call('GET /fhir/Task', { token: 'provider' })).status).toBe(429);
  expect((await server.call('GET /fhir/Task')).status).toBe(200);
});

it('an address from which nothing comes that can be understood is not listened to either', async () => {
  const server = await started({ limits: { attempts: 3 } });
  const answers: Answer[] = [];
  for (let time = 0; time < 5; time++)
    answers.push(await server.call(`GET /fhir/Task?a=${'a'.repeat(9_000)}`, { token: '' }));
  expect(answers.map(({ status }) => status)).toEqual([414, 414, 414, 429, 429]);
});

describe('more requests than can be answered', () => {
  it('are refused with 503 and a time, and every one that is accepted succeeds', async () => {
    const server = await started({ limits: { inFlight: 2, waiting: 3, waitMs: 200 } });
    const create = (): Promise<Answer> => server.call('POST /fhir/Task', { body: task });
    const answers = await Promise.all(Array.from({ length: 60 }, create));
    if (answers.some((a) => a.status === 500))
      console.log(server.log().slice(0, 1500), server.log().match(/.*unexpected.*/)?.[0]);
    expect(statusesOf(answers)).toEqual([201, 503]);
    for (const refused of answers.filter(({ status }) => status === 503)) {
      expect(refused.headers.get('retry-after')).toBe('2');
      expect(issuesOf(refused)[0]?.code).toBe('transient');
    }
    const made = answers.filter(({ status }) => status === 201).length;
    expect((await server.call('GET /fhir/Task?_summary=count')).body).toMatchObject({ total: made });
    expect((await create()).status).toBe(201);
  });

  it('leave no place taken when their callers hang up', async () => {
    const server = await started({ limits: { inFlight: 4, waiting: 40, waitMs: 2_000 } });
    const headers = { authorization: 'Bearer practice', 'content-type': 'application/fhir+json' };
    const body = JSON.stringify(task);
    const hangUp = async (at: number): Promise<void> => {
      const signal = AbortSignal.timeout(1 + (at % 25));
      await fetch(`${server.address}/fhir/Task`, { method: 'POST', headers, body, signal }).catch(() => undefined);
    };
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 60 }, (_, at) => hangUp(at)));
    const answers = await Promise.all(Array.from({ length: 30 }, () => server.call('GET /fhir/Task?_count=1')));
    expect(statusesOf(answers)).toEqual([200]);
    await eventually(async () => {
      const { text } = await server.call('GET /metrics', { token: '' });
      return /^ginnel_http_(?:in_flight|waiting)\{[^}]*\} [1-9]/m.test(text);
    });
  });

  it('do not take the places of a client that sends few', async () => {
    const server = await started({ limits: { inFlight: 4, waiting: 4, waitMs: 1_000, answerMs: 400 } });
    const stuck = Array.from({ length: 12 }, () => server.call('POST /fhir/Task/$find-activities'));
    const few = await Promise.all(
      Array.from({ length: 3 }, () => server.call('GET /fhir/Task', { token: 'provider' })),
    );
    expect(statusesOf(few)).toEqual([200]);
    expect(statusesOf(await Promise.all(stuck))).toEqual([503, 504]);
  });
});

it('work that takes too long is answered in time, and never with 500', async () => {
  const server = await started({ limits: { answerMs: 100 } });
  const late = await server.call('POST /fhir/Task/$find-activities');
  expect([late.status, issuesOf(late)[0]?.code]).toEqual([504, 'timeout']);
  expect(late.headers.get('retry-after')).toBe('5');
});

describe('a request that does not arrive', () => {
  const dripping = (server: RunningServer, begin: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(new URL(server.address).port), '127.0.0.1', () => socket.write(begin));
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('error', reject);
      socket.on('close', () => {
        clearInterval(drip);
        resolve(answer);
      });
    });

  it.each([
    ['in its headers', 'GET /fhir/Task HTTP/1.1\r\nHost: a\r\nX: '],
    [
      'in its body',
      'POST /fhir/Task HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer practice\r\nContent-Type: application/fhir+json\r\nContent-Length: 900000\r\n\r\n{',
    ],
  ])('%s, letter by letter, ends with 408 and keeps no place', async (_title, begin) => {
    const server = await started({ limits: { headersMs: 200, arrivalMs: 400, inFlight: 1 } });
    const drips = Array.from({ length: 5 }, () => dripping(server, begin));
    expect((await server.call('GET /fhir/Task')).status).toBe(200);
    for (const answer of await Promise.all(drips)) {
      expect(answer).toMatch(/^HTTP\/1.1 408 /);
      expect(answer).toContain('OperationOutcome');
      expect(answer).toContain('REC_TIMEOUT');
    }
  });
});

describe('pages of other origins', () => {
  const question = { origin: 'https://console.example', 'access-control-request-method': 'PUT' };
  const granted = (answer: Answer): (string | null)[] =>
    ['access-control-allow-origin', 'access-control-allow-credentials'].map((name) => answer.headers.get(name));

  it('may not call unless they are named', async () => {
    const server = await started();
    expect((await server.call('OPTIONS /fhir/Task', { headers: question })).status).toBe(405);
    expect(granted(await server.call('GET /fhir/Task', { headers: question }))).toEqual([null, null]);
  });

  it('may call where they are, by exactly this name and without cookies, and see errors too', async () => {
    const server = await started({ origins: ['https://console.example'] });
    const preflight = await server.call('OPTIONS /fhir/Task', { token: '', headers: question });
    expect([preflight.status, ...granted(preflight)]).toEqual([204, 'https://console.example', null]);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(preflight.headers.get('x-request-id')).not.toBeNull();
    for (const token of ['practice', 'wrong']) {
      const answer = await server.call('GET /fhir/Task', { token, headers: question });
      expect(granted(answer)).toEqual(['https://console.example', null]);
      expect(answer.headers.get('vary')).toBe('Origin');
    }
    for (const origin of ['https://console.example.evil.example', 'http://console.example', 'null', '*']) {
      const answer = await server.call('OPTIONS /fhir/Task', { headers: { ...question, origin } });
      expect([answer.status, ...granted(answer)]).toEqual([405, null, null]);
    }
  });

  it.each(['*', 'https://console.example/', 'console.example', 'null'])('are not named "%s"', async (origin) => {
    await expect(startServer({ origins: [origin] })).rejects.toThrow('An origin is a scheme');
  });
});
