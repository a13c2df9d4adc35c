import type { Patient } from 'fhir/r4';
import { issuesOf, type RunningServer, startServer } from '../../../test/running-server.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.stop());

const somebody: Patient = {
  resourceType: 'Patient',
  identifier: [{ system: 'https://example.org/ids', value: 'p-1' }],
};

describe('a patch over HTTP', () => {
  const json = { 'content-type': 'application/json-patch+json' };

  it('is validated whole, honours If-Match, and makes no version where it changes nothing', async () => {
    const { id = '' } = (await server.call('POST /fhir/Patient', { body: somebody })).body as Patient;
    const send = (body: unknown, headers: Record<string, string> = json) =>
      server.call(`PATCH /fhir/Patient/${id}`, { body, headers });
    const invalid = await send([{ op: 'add', path: '/gender', value: 'blue' }]);
    const stale = await send([{ op: 'add', path: '/active', value: true }], { ...json, 'if-match': 'W/"9"' });
    const done = await send([{ op: 'add', path: '/active', value: true }], { ...json, 'if-match': 'W/"1"' });
    const same = await send([{ op: 'add', path: '/active', value: true }]);
    expect([invalid.status, issuesOf(invalid)[0]?.expression]).toEqual([422, ['Patient.gender']]);
    expect([stale.status, done.status, done.headers.get('etag'), same.headers.get('etag')]).toEqual([
      412,
      200,
      'W/"2"',
      'W/"2"',
    ]);
  });

  it('is taken as FHIRPath Patch too, and not as XML Patch or as a resource', async () => {
    const { id = '' } = (await server.call('POST /fhir/Patient', { body: somebody })).body as Patient;
    const part = [
      { name: 'type', valueCode: 'add' },
      { name: 'path', valueString: 'Patient' },
      { name: 'name', valueString: 'gender' },
      { name: 'value', valueCode: 'female' },
    ];
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] };
    const done = await server.call(`PATCH /fhir/Patient/${id}`, { body: parameters });
    expect([done.status, (done.body as Patient).gender]).toEqual([200, 'female']);
    const xml = await server.call(`PATCH /fhir/Patient/${id}`, {
      body: '<diff/>',
      headers: { 'content-type': 'application/xml-patch+xml' },
    });
    expect([xml.status, issuesOf(xml)[0]?.diagnostics]).toEqual([415, expect.stringContaining('json-patch+json')]);
    const resource = await server.call(`PATCH /fhir/Patient/${id}`, { body: { resourceType: 'Patient', id } });
    expect([resource.status, issuesOf(resource)[0]?.code]).toEqual([400, 'invalid']);
  });

  it('of many at once loses none', async () => {
    const { id = '' } = (await server.call('POST /fhir/Patient', { body: somebody })).body as Patient;
    const body = [{ op: 'add', path: '/name', value: [] }];
    expect((await server.call(`PATCH /fhir/Patient/${id}`, { body, headers: json })).status).toBe(422);
    await server.call(`PATCH /fhir/Patient/${id}`, {
      body: [{ op: 'add', path: '/name', value: [{ text: 'first' }] }],
      headers: json,
    });
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, at) =>
        server.call(`PATCH /fhir/Patient/${id}`, {
          body: [{ op: 'add', path: '/name/-', value: { text: String(at) } }],
          headers: json,
        }),
      ),
    );
    const { name = [] } = (await server.call(`GET /fhir/Patient/${id}`)).body as Patient;
    const taken = answers.filter(({ status }) => status === 200);
    expect(name).toHaveLength(1 + taken.length);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('makes nothing that is longer or deeper than this server is set to take', async () => {
    const small = await startServer({ limits: { bodyBytes: 600, jsonDepth: 6 } });
    const { id = '' } = (await small.call('POST /fhir/Patient', { body: somebody })).body as Patient;
    const add = (path: string, value: unknown) =>
      small.call(`PATCH /fhir/Patient/${id}`, { body: [{ op: 'add', path, value }], headers: json });
    const url = 'https://example.org/more';
    const answers = [
      await add('/extension', [{ url, extension: [{ url, valueCode: 'x' }] }]),
      await add('/extension/0/extension/0/extension', [{ url, valueCode: 'x' }]),
      await add('/name', [{ text: 'é'.repeat(110) }]),
      await add('/name/-', { text: 'é'.repeat(110) }),
    ];
    const said = answers.map(({ status, text }) => [status, /"diagnostics":"([^"]*)"/.exec(text)?.[1]]);
    expect(said).toEqual([
      [200, undefined],
      [422, expect.stringContaining('deep')],
      [200, undefined],
      [413, 'The patched resource is longer than this server takes: 600 bytes.'],
    ]);
    await small.stop();
  });
});
