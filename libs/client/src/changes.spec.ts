import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BundleEntry, FhirResource, Task } from 'fhir/r4';
import { Changes } from './changes.js';
import { GinnelClient } from './ginnel-client.js';

describe('changes', () => {
  let server: Server;
  let client: GinnelClient;
  /** What the pages hold, and what was asked for. */
  let pages: BundleEntry[][] = [];
  const asked: URLSearchParams[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://ginnel.test');
      asked.push(searchParams);
      const page = Number(searchParams.get('page'));
      const link = page + 1 < pages.length ? [{ relation: 'next', url: `?page=${String(page + 1)}` }] : [];
      response.end(JSON.stringify({ resourceType: 'Bundle', link, entry: pages[page] ?? [] }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    client = new GinnelClient({ baseUrl: `http://127.0.0.1:${String(port)}/fhir`, token: 'token' });
  });

  afterAll(() => {
    server.close().closeAllConnections();
  });

  it('go on where a look was interrupted, however new what was included is', async () => {
    pages = [[match('1', '09:00'), included('2', '11:00'), included('1', '11:01')], [match('3', '09:30')]];
    const changes = new Changes<Task>(client, { type: 'Task', parameters: { _include: 'Task:patient' } });
    const first: string[] = [];
    for await (const resource of changes.look()) {
      first.push(named(resource));
      if (named(resource) === 'Task/3') break;
    }
    expect(changes.state).toEqual({
      newest: at('09:00'),
      versions: { '1': '1', 'Patient/2': '1', 'Patient/1': '1' },
    });
    const rest: string[] = [];
    for await (const resource of changes.look()) rest.push(named(resource));
    expect([first, rest]).toEqual([['Task/1', 'Patient/2', 'Patient/1', 'Task/3'], ['Task/3']]);
    expect(asked.at(-2)?.get('_lastUpdated')).toBe(`ge${new Date('2026-11-22T08:55:00Z').toISOString()}`);
  });
});

function match(id: string, time: string): BundleEntry {
  const resource: Task = { resourceType: 'Task', id, ...metaOf(time), status: 'requested', intent: 'order' };
  return { resource, search: { mode: 'match' } };
}

function included(id: string, time: string): BundleEntry {
  return { resource: { resourceType: 'Patient', id, ...metaOf(time) }, search: { mode: 'include' } };
}

function metaOf(time: string): Pick<Task, 'meta'> {
  return { meta: { versionId: '1', lastUpdated: at(time) } };
}

function at(time: string): string {
  return `2026-11-22T${time}:00Z`;
}

function named({ resourceType, id = '' }: FhirResource): string {
  return `${resourceType}/${id}`;
}
