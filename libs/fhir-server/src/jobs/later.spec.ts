import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4';
import { BearerTokens } from '#auth';
import { type Answer, baseUrl, clients, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

const headers = { prefer: 'respond-async' };
const patience = 10_000;

function addressIn(answer: Answer): string {
  const location = answer.headers.get('content-location') ?? '';
  if (!location.startsWith(`${baseUrl}/`)) throw new Error(`${String(answer.status)} ${answer.text}`);
  return `/fhir${location.slice(baseUrl.length)}`;
}

function entryIn(answer: Answer): {
  status?: string | undefined;
  resource?: FhirResource | undefined;
  outcome?: OperationOutcome;
} {
  const bundle = answer.body as Bundle<FhirResource>;
  const { response, resource } = bundle.entry?.[0] ?? {};
  const outcome = response?.outcome as OperationOutcome | undefined;
  return { status: response?.status, resource, ...(outcome ? { outcome } : {}) };
}

describe('a request that may be answered later', () => {
  let server: RunningServer;
  let clock = Date.now();

  beforeAll(async () => {
    const [{ client, role, organisation }] = clients as [(typeof clients)[number]];
    const narrower = { client, role, organisation, token: 'narrower', scopes: ['system/*.rs'] };
    const authenticator = new BearerTokens([...clients, narrower]);
    server = await startServer({ authenticator, limits: { jobs: 2, jobSeconds: 60 }, now: () => new Date(clock) });
    await server.call('POST /fhir/Task', { body: { resourceType: 'Task', status: 'requested', intent: 'order' } });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    clock = Date.now();
  });

  async function finished(address: string, token = 'practice'): Promise<Answer> {
    for (const end = Date.now() + patience; Date.now() < end;) {
      const answer = await server.call(`GET ${address}`, { token });
      if (answer.status !== 202) return answer;
      expect(answer.headers.get('x-progress')).toMatch(/^At work for \d+ s\.$/);
    }
    throw new Error('The job did not finish.');
  }

  it.each([
    ['GET /fhir/Task?_total=accurate&_elements=status', undefined, 'searchset'],
    ['GET /fhir/Task/_history', undefined, 'history'],
    ['GET /fhir/_history', undefined, 'history'],
    [
      'POST /fhir',
      { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: 'Task' } }] },
      'batch-response',
    ],
  ])('%s is begun, and its answer found at its address', async (request, body, type) => {
    const begun = await server.call(request, { body, headers });
    const answer = await finished(addressIn(begun));
    expect([begun.status, begun.text, answer.status, answer.headers.has('expires')]).toEqual([202, '', 200, true]);
    const { status, resource } = entryIn(answer);
    expect([status, (resource as Bundle).type, (resource as Bundle).entry?.length]).toEqual(['200 OK', type, 1]);
  });

  it('keeps what was asked to be left out', async () => {
    const answer = await finished(addressIn(await server.call('GET /fhir/Task?_elements=status', { headers })));
    const [entry] = (entryIn(answer).resource as Bundle<FhirResource>).entry ?? [];
    expect(Object.keys(entry?.resource ?? {}).sort()).toEqual(['id', 'intent', 'meta', 'resourceType', 'status']);
  });

  it('tells what went wrong in the answer', async () => {
    const answer = await finished(addressIn(await server.call('GET /fhir/Task?colour=red', { headers })));
    const { status, outcome } = entryIn(answer);
    expect([answer.status, status, outcome?.issue[0]?.code]).toEqual([200, '400 Bad Request', 'not-supported']);
  });

  it('is answered at once where it is a read or a write', async () => {
    const made = await server.call('POST /fhir/Patient', { body: { resourceType: 'Patient' }, headers });
    expect(made.status).toBe(201);
  });

  it('is nobody else’s, and forgotten when it is cancelled', async () => {
    const address = addressIn(await server.call('GET /fhir/Task', { headers }));
    const others = await server.call(`GET ${address}`, { token: 'provider' });
    const theirs = await server.call(`DELETE ${address}`, { token: 'provider' });
    const cancelled = await server.call(`DELETE ${address}`);
    const again = await server.call(`GET ${address}`);
    const made = await Promise.all(
      ['GET /fhir/Task/_async/1', 'GET /fhir/Task/_async'].map((path) => server.call(path)),
    );
    expect([others, theirs, cancelled, again, ...made].map(({ status }) => status)).toEqual([
      404, 404, 202, 404, 404, 404,
    ]);
  });

  it('says so where the process that worked on it has ended', async () => {
    const address = addressIn(
      await server.call('POST /fhir/Task/$find-activities', { headers, body: { resourceType: 'Parameters' } }),
    );
    expect((await server.call(`GET ${address}`)).status).toBe(202);
    clock += 16_000;
    const { status, outcome } = entryIn(await server.call(`GET ${address}`));
    expect([status, outcome?.issue[0]?.diagnostics]).toEqual([
      '503 Service Unavailable',
      'The process that worked on this ended before it was done; send the request again.',
    ]);
    await server.call(`DELETE ${address}`);
  });

  it('is refused where the client has as many on their way as it may', async () => {
    const wait = (token: string): Promise<Answer> =>
      server.call('POST /fhir/Task/$find-activities', { token, headers, body: { resourceType: 'Parameters' } });
    const begun = [await wait('practice'), await wait('practice')];
    // Other scopes make another owner of the answer, and no other client.
    for (const token of ['practice', 'narrower']) {
      const refused = await wait(token);
      expect([refused.status, issuesOf(refused)[0]?.code]).toEqual([429, 'throttled']);
    }
    const others = await wait('provider');
    expect([...begun, others].map(({ status }) => status)).toEqual([202, 202, 202]);
    for (const answer of begun) await server.call(`DELETE ${addressIn(answer)}`);
    await server.call(`DELETE ${addressIn(others)}`, { token: 'provider' });
  });

  it('is forgotten when many of the client came after it', async () => {
    const addresses: string[] = [];
    for (let at = 0; at < 22; at++) {
      clock += 1;
      addresses.push(addressIn(await server.call('GET /fhir/Task', { headers, token: 'other' })));
      await finished(addresses[at] ?? '', 'other');
    }
    const [first, second] = await Promise.all(addresses.map((path) => server.call(`GET ${path}`, { token: 'other' })));
    expect([first?.status, second?.status]).toEqual([404, 200]);
  });

  it('is forgotten when its answer was kept long enough', async () => {
    const address = addressIn(await server.call('GET /fhir/Task', { headers }));
    await finished(address);
    clock += 61_000;
    await server.call('GET /fhir/Task', { headers });
    expect((await server.call(`GET ${address}`)).status).toBe(404);
  });
});
