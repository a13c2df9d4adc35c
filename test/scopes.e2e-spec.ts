import type { Bundle, OperationOutcome } from 'fhir/r4';
import type { TokenClient } from '#auth';
import { type Answer, type Sent, startWorld, type World } from './world.js';

let world: World;

const scopesOf = {
  reader: ['system/Patient.rs', 'system/Organization.r'],
  sender: ['https://ginnel.org.uk/fhir/scope/process-message'],
  unclear: ['system/Task.r?status=requested', 'system/Task.s?status=completed', 'system/Patient.rs'],
  chained: ['system/Task.rs?patient.name=Lee', 'system/Patient.rs'],
  silent: ['openid'],
  maker: ['system/Patient.c'],
  patcher: ['system/Patient.u'],
} as const;
type Name = keyof typeof scopesOf;

const clients: TokenClient[] = (Object.keys(scopesOf) as Name[]).map((client) => ({
  client,
  role: 'practice',
  organisation: 'worth-valley-practice',
  token: tokenOf(client),
  scopes: scopesOf[client],
}));

function tokenOf(client: Name): string {
  return `the-token-of-${client}-in-this-test`;
}

function as(client: Name, request: Sent): Promise<Answer<OperationOutcome>> {
  const headers = { ...request.headers, authorization: `Bearer ${tokenOf(client)}` };
  return world.send<OperationOutcome>(undefined, { ...request, headers });
}

function saidIn({ body }: Answer<OperationOutcome>): string {
  return body.issue[0]?.diagnostics ?? '';
}

beforeAll(async () => {
  world = await startWorld({ clients });
});
afterAll(async () => {
  await world.stop();
});

describe('a token with scopes', () => {
  it('opens what they name, and says which scope is missing for the rest', async () => {
    expect((await as('reader', { path: '/fhir/Patient?_count=1' })).status).toBe(200);
    const refused = await as('reader', { method: 'POST', path: '/fhir/Patient', body: { resourceType: 'Patient' } });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="Ginnel", error="insufficient_scope"');
    expect(saidIn(refused)).toBe(
      'The scopes of this token do not let it create a Patient; ask for a token that has the scope.',
    );
  });

  it.each([
    '/fhir/Task?_count=1',
    '/fhir/Patient?_has:Task:patient:status=requested',
    '/fhir/Patient?organization.name=x',
    '/fhir/Patient/absent/$everything?_type=Task',
    '/fhir/Organization',
    '/fhir/Organization/_history',
  ])('tells nothing by %s of what they do not name', async (path) => {
    const { status, body } = await as('reader', { path });
    const entries = (body as unknown as Bundle).entry ?? [];
    expect({ path, refused: [403, 404].includes(status), entries: entries.length }).toEqual({
      path,
      refused: true,
      entries: 0,
    });
  });

  it('is judged entry by entry in a batch, and all at once in a transaction', async () => {
    const entry = [
      { request: { method: 'GET' as const, url: 'Patient?_count=1' } },
      { request: { method: 'GET' as const, url: 'Task?_count=1' } },
      {
        request: { method: 'PUT' as const, url: 'Patient?_id=absent' },
        resource: { resourceType: 'Patient' as const },
      },
    ];
    const bundle = (type: 'batch' | 'transaction'): Bundle => ({ resourceType: 'Bundle', type, entry });
    const batch = await as('reader', { method: 'POST', path: '/fhir', body: bundle('batch') });
    const statuses = (batch.body as unknown as Bundle).entry?.map(({ response }) => response?.status.slice(0, 3));
    expect(statuses).toEqual(['200', '403', '403']);
    const transaction = await as('reader', { method: 'POST', path: '/fhir', body: bundle('transaction') });
    expect([transaction.status, transaction.body.issue.map(({ expression }) => expression?.[0])]).toEqual([
      403,
      ['Bundle.entry[1]', 'Bundle.entry[2]'],
    ]);
  });

  it('sends messages by a scope of their own, which opens nothing else', async () => {
    const message = { method: 'POST' as const, path: '/fhir/$process-message', body: { resourceType: 'Bundle' } };
    expect((await as('reader', message)).status).toBe(403);
    expect((await as('sender', message)).status).not.toBe(403);
    expect((await as('sender', { path: '/fhir/Patient' })).status).toBe(403);
  });

  it('shows definitions, and nothing more, where it has no scopes on resources', async () => {
    expect((await as('silent', { path: '/fhir/OperationDefinition?_count=1' })).status).toBe(200);
    expect((await as('silent', { path: '/fhir/Questionnaire?_count=1' })).status).toBe(403);
    const history = await as('silent', { path: '/fhir/_history' });
    expect((history.body as unknown as Bundle).entry ?? []).toEqual([]);
  });

  it.each<Name>(['unclear', 'chained'])('opens nothing where it is %s, however lenient', async (name) => {
    for (const path of ['/fhir/Task', '/fhir/Patient', '/fhir/Patient/_history', '/fhir/_history']) {
      const answer = await as(name, { path, headers: { prefer: 'handling=lenient' } });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(saidIn(answer)).toMatch(/^The scopes of this token limit Task in a way that cannot be held to here\./);
    }
  });

  it('gives the answer of a job only to who may still ask for it', async () => {
    const headers = { prefer: 'respond-async' };
    const begun = await as('reader', { path: '/fhir/Patient?_count=1', headers });
    const path = new URL(begun.headers.get('content-location') ?? '').pathname;
    expect(begun.status).toBe(202);
    expect([200, 202]).toContain((await as('reader', { path })).status);
    for (const method of ['GET', 'DELETE'] as const) expect((await as('sender', { method, path })).status).toBe(404);
  });

  describe('to change and not to read', () => {
    const operation = [{ op: 'replace', path: '/active', value: true }];
    const json = { 'content-type': 'application/json-patch+json' };
    const data = Buffer.from(JSON.stringify(operation)).toString('base64');
    const resource = { resourceType: 'Binary' as const, contentType: json['content-type'], data };

    it.each([
      [
        'by itself',
        (id: string): Sent => ({ method: 'PATCH', path: `/fhir/Patient/${id}`, body: operation, headers: json }),
      ],
      [
        'again',
        (id: string): Sent => ({
          method: 'PATCH',
          path: `/fhir/Patient/${id}`,
          body: operation,
          headers: { ...json, 'idempotency-key': 'k' },
        }),
      ],
      ...(['batch', 'transaction'] as const).map((type): [string, (id: string) => Sent] => [
        `in a ${type}`,
        (id) => {
          const entry = [{ request: { method: 'PATCH', url: `Patient/${id}` }, resource }];
          return { method: 'POST', path: '/fhir', body: { resourceType: 'Bundle', type, entry } };
        },
      ]),
    ])('is not told what was there: %s', async (how, request) => {
      const body = { resourceType: 'Patient', name: [{ family: 'Unread' }], active: false };
      const made = await as('maker', { method: 'POST', path: '/fhir/Patient', body });
      expect(made.text).toContain('Unread');
      const sent = request((made.body as { id?: string }).id ?? '');
      const answers = [await as('patcher', sent), ...(how === 'again' ? [await as('patcher', sent)] : [])];
      for (const { status, text } of answers) {
        expect(status).toBe(200);
        expect(text).not.toContain('Unread');
        if (text !== '') expect(text).toContain('"status":"200 OK"');
      }
    });
  });
});
