import { MedplumClient } from '@medplum/core';
import type { Bundle, BundleEntry, Condition, FhirResource, Patient } from 'fhir/r4';
import { Client as KitClient } from 'fhir-kit-client';
import smart from 'fhirclient';
import { sandboxTokens, startWorld, type World } from './world.js';

let world: World;
let base: string;
let token: string;

beforeAll(async () => {
  world = await startWorld({ followable: true });
  base = `${world.url}/fhir`;
  token = sandboxTokens().get('practice') ?? '';
});
afterAll(async () => {
  await world.stop();
});

/** What an integrator does on the first day, by the client library that they have. */
interface FhirClient {
  create(resource: FhirResource): Promise<FhirResource>;
  read(type: string, id: string): Promise<FhirResource>;
  /** Ids of all matches, following the next links. */
  searchAll(type: string, query: Record<string, string>): Promise<string[]>;
  patch(type: string, id: string, operations: JsonPatch): Promise<FhirResource>;
  transaction(bundle: Bundle): Promise<Bundle>;
  history(type: string, id: string): Promise<Bundle>;
}

type JsonPatch = { op: 'replace'; path: string; value: string }[];

function kitClient(): FhirClient {
  const client = new KitClient({ baseUrl: base, bearerToken: token });
  return {
    create: (body) => client.create({ resourceType: body.resourceType, body: body as never }) as Promise<FhirResource>,
    read: (resourceType, id) => client.read({ resourceType, id }) as Promise<FhirResource>,
    searchAll: async (resourceType, searchParams) => {
      const ids: string[] = [];
      let page = (await client.search({ resourceType, searchParams })) as unknown as Bundle | undefined;
      while (page) {
        ids.push(...idsIn(page));
        page = (await client.nextPage({ bundle: page as never })) as unknown as Bundle | undefined;
      }
      return ids;
    },
    patch: (resourceType, id, jsonPatch) => client.patch({ resourceType, id, jsonPatch }) as Promise<FhirResource>,
    transaction: (body) => client.transaction({ body: body as never }) as Promise<unknown> as Promise<Bundle>,
    history: (resourceType, id) => client.history({ resourceType, id }) as Promise<unknown> as Promise<Bundle>,
  };
}

function medplumClient(): FhirClient {
  const client = new MedplumClient({ baseUrl: `${world.url}/`, fhirUrlPath: 'fhir', fetch, cacheTime: 0 });
  client.setAccessToken(token);
  return {
    create: (resource) => client.createResource(resource as never),
    read: (type, id) => client.readResource(type as 'Patient', id),
    searchAll: async (type, query) => {
      const ids: string[] = [];
      const pages = client.searchResourcePages(type as 'Patient', query) as AsyncGenerator<FhirResource[]>;
      for await (const page of pages) ids.push(...page.map(({ id = '' }) => id));
      return ids;
    },
    patch: (type, id, operations) =>
      client.patchResource(type as 'Patient', id, operations) as Promise<unknown> as Promise<FhirResource>,
    transaction: (bundle) => client.executeBatch(bundle) as Promise<unknown> as Promise<Bundle>,
    history: (type, id) => client.readHistory(type as 'Patient', id) as Promise<unknown> as Promise<Bundle>,
  };
}

function smartClient(): FhirClient {
  const client = smart({} as never, {} as never).client({ serverUrl: base, tokenResponse: { access_token: token } });
  const send = (method: string, url: string, sent: { body: object; type?: string }) =>
    client.request<FhirResource>({
      url,
      method,
      body: JSON.stringify(sent.body),
      headers: { 'content-type': sent.type ?? 'application/fhir+json' },
    });
  return {
    create: (resource) => client.create<FhirResource>(resource as never),
    read: (type, id) => client.request<FhirResource>(`${type}/${id}`),
    searchAll: async (type, query) => {
      const url = `${type}?${new URLSearchParams(query).toString()}`;
      const pages = await client.request<Bundle[]>(url, { pageLimit: 0 });
      return pages.flatMap(idsIn);
    },
    patch: (type, id, body) => send('PATCH', `${type}/${id}`, { body, type: 'application/json-patch+json' }),
    transaction: (body) => send('POST', '', { body }) as Promise<unknown> as Promise<Bundle>,
    history: (type, id) => client.request<Bundle>(`${type}/${id}/_history`),
  };
}

describe.each<[string, () => FhirClient]>([
  ['fhir-kit-client', kitClient],
  ["Medplum's client", medplumClient],
  ["SMART's fhirclient", smartClient],
])('%s', (name, clientOf) => {
  const system = `https://example.org/id/${encodeURIComponent(name)}`;
  const patient = (value: string): Patient => ({
    resourceType: 'Patient',
    identifier: [{ system, value }],
    name: [{ family: 'Example', given: ['A'] }],
  });

  it('creates, reads, pages through a search, patches, sends a transaction and reads a history', async () => {
    const client = clientOf();
    const created = [];
    for (const value of ['1', '2', '3', '4', '5']) created.push(idOf(await client.create(patient(value))));
    const [first = ''] = created;
    expect(await client.read('Patient', first)).toMatchObject({ ...patient('1'), id: first });

    const found = await client.searchAll('Patient', { identifier: `${system}|`, _count: '2' });
    expect([...found].sort()).toEqual([...created].sort());

    await client.patch('Patient', first, [{ op: 'replace', path: '/name/0/family', value: 'Changed' }]);
    expect(await client.read('Patient', first)).toMatchObject({ name: [{ family: 'Changed', given: ['A'] }] });

    const answer = await client.transaction(transactionOf(patient('6')));
    expect(answer.entry?.map(({ response }) => response?.status)).toEqual(['201 Created', '201 Created']);
    const [newPatient = '', newCondition = ''] = answer.entry?.map(locatedId) ?? [];
    const condition = (await client.read('Condition', newCondition)) as Condition;
    expect(condition.subject.reference).toBe(`Patient/${newPatient}`);

    const history = await client.history('Patient', first);
    expect(history.entry?.map(({ resource }) => resource?.meta?.versionId)).toEqual(['2', '1']);
  });
});

function transactionOf(resource: Patient): Bundle<FhirResource> {
  const fullUrl = 'urn:uuid:0d2f4a3c-6f3e-4c0e-9a57-3a3f0f6f4a11';
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl, resource, request: { method: 'POST', url: 'Patient' } },
      {
        resource: { resourceType: 'Condition', subject: { reference: fullUrl }, code: { text: 'an example' } },
        request: { method: 'POST', url: 'Condition' },
      },
    ],
  };
}

function idsIn({ entry = [] }: Bundle): string[] {
  return entry.flatMap(({ resource, search }) => (search?.mode === 'match' ? [resource?.id ?? ''] : []));
}

function idOf({ id }: FhirResource): string {
  if (id === undefined) throw new Error('The created resource has no id.');
  return id;
}

/** `…/Patient/1/_history/1` → `1`. */
function locatedId({ response }: BundleEntry): string {
  return response?.location?.split('/').at(-3) ?? '';
}
