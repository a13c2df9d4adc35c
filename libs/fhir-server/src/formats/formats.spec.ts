import { gunzipSync, gzipSync } from 'node:zlib';
import type { Bundle, OperationOutcome, Patient } from 'fhir/r4';
import { type Answer, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';
import { parseXml } from './xml-reader.js';

const narrative = '<div xmlns="http://www.w3.org/1999/xhtml"><p>A &amp; B</p></div>';
const patient = `{"resourceType":"Patient","text":{"status":"generated","div":${JSON.stringify(narrative)}},
  "extension":[{"url":"https://ginnel.example/share","valueDecimal":1.50}],"active":true,"gender":"other",
  "name":[{"family":"Example"}],"contact":[{"gender":"other","name":{"family":"Other"}}],"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"en"}]},"preferred":true}]}`;
const xml = { accept: 'application/fhir+xml' };

describe('the form of an answer', () => {
  let server: RunningServer;
  let id = '';

  beforeAll(async () => {
    server = await startServer({
      limits: { bodyBytes: 20_000, urlLength: 300, parameters: 8, jsonDepth: 20, stringLength: 5_000 },
    });
    const made = await server.call('POST /fhir/Patient', { body: patient });
    if (made.status !== 201) throw new Error(made.text);
    id = (made.body as Patient).id ?? '';
  });
  afterAll(() => server.stop());

  const read = async (query: string): Promise<Patient> =>
    (await server.call(`GET /fhir/Patient/${id}?${query}`)).body as Patient;
  const typeOf = (answer: Answer): string => (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';

  it.each([
    ['_summary=true', ['active', 'gender', 'id', 'meta', 'name', 'resourceType']],
    ['_summary=text', ['id', 'meta', 'resourceType', 'text']],
    [
      '_summary=data',
      ['active', 'communication', 'contact', 'extension', 'gender', 'id', 'meta', 'name', 'resourceType'],
    ],
    ['_elements=name', ['active', 'id', 'meta', 'name', 'resourceType']],
    ['_elements=Patient.contact,Task.status', ['active', 'contact', 'id', 'meta', 'resourceType']],
  ])('holds of a resource what %s asks for, and says that it is not whole', async (query, members) => {
    const whole = await server.call(`GET /fhir/Patient/${id}`);
    const part = await server.call(`GET /fhir/Patient/${id}?${query}`);
    const { meta, ...rest } = part.body as Patient;
    expect(Object.keys({ meta, ...rest }).sort()).toEqual(members);
    expect(meta?.tag).toEqual([
      { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' },
    ]);
    expect(part.headers.get('etag')).toBe(whole.headers.get('etag'));
  });

  it('is not taken back for the whole', async () => {
    const part = await server.call(`GET /fhir/Patient/${id}?_elements=gender`);
    const answer = await server.call(`PUT /fhir/Patient/${id}`, { body: part.text });
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([422, ['Patient.meta.tag']]);
  });

  it('is the stored bytes where nothing is left out, and keeps digits where something is', async () => {
    const whole = await server.call(`GET /fhir/Patient/${id}?_summary=false`);
    const data = await server.call(`GET /fhir/Patient/${id}?_summary=data`);
    expect([whole.text.includes('1.50'), whole.text.includes('SUBSETTED'), data.text.includes('1.50')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('holds of each match, version and answer of an operation the same part', async () => {
    const found = await server.call(`GET /fhir/Patient?_id=${id}&_elements=gender`);
    const posted = await server.call('POST /fhir/Patient/_search', {
      body: `_id=${id}&_summary=text&_format=xml`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const versions = await server.call(`GET /fhir/Patient/${id}/_history?_summary=true`);
    const resources = [found, versions].map(({ body }) =>
      Object.keys((body as Bundle).entry?.[0]?.resource ?? {}).sort(),
    );
    expect(resources).toEqual([
      ['active', 'gender', 'id', 'meta', 'resourceType'],
      ['active', 'gender', 'id', 'meta', 'name', 'resourceType'],
    ]);
    expect((found.body as Bundle).link?.[0]?.url).toContain('_elements=gender');
    const [entry] = (parseXml(posted.text) as Bundle<Patient>).entry ?? [];
    expect(Object.keys(entry?.resource ?? {}).sort()).toEqual(['id', 'meta', 'resourceType', 'text']);
  });

  it.each([
    ['_summary=some', '_summary is one of'],
    ['_summary=count', '_summary=count is taken by searches'],
    ['_elements=gendre', 'Did you mean gender?'],
    ['_elements=Pateint.name', 'does not have'],
    ['_summary=true&_elements=name', 'not taken together'],
  ])('is not %s', async (query, diagnostics) => {
    const answer = await server.call(`GET /fhir/Patient/${id}?${query}`);
    expect([answer.status, issuesOf(answer)[0]?.diagnostics]).toEqual([400, expect.stringContaining(diagnostics)]);
  });

  it('is kept by the links to further pages', async () => {
    const made = (await server.call('POST /fhir/Patient', { body: patient })).body as Patient;
    await server.call(`PUT /fhir/Patient/${made.id ?? ''}`, { body: { ...made, gender: 'female' } });
    const linksOf = async (address: string): Promise<(string | undefined)[]> => {
      const { body } = await server.call(`GET /fhir/${address}`);
      return ((body as Bundle).link ?? []).map(({ url }) => /[?](.*)$/.exec(url.replace(/_cursor=[^&]*&/, ''))?.[1]);
    };
    const form = '_format=json&_pretty=true';
    const search = await linksOf(`Patient?_pretty=true&_count=1&_elements=gender&_format=json`);
    const history = await linksOf(`Patient/${made.id ?? ''}/_history?_format=json&_count=1&_elements=gender`);
    const everything = await linksOf(`Patient/${made.id ?? ''}/$everything?_count=1&_summary=true&${form}`);
    expect([search, history, everything]).toEqual([
      Array<string>(2).fill('_count=1&_elements=gender&_pretty=true&_format=json'),
      Array<string>(2).fill('_count=1&_format=json&_elements=gender'),
      [`_count=1&_summary=true&${form}`],
    ]);
    const first = await server.call(`GET /fhir/Patient?_count=1&_format=xml`);
    const next = /"next"\/><url value="[^"]*\/fhir\/([^"]*)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&');
    expect(typeOf(await server.call(`GET /fhir/${next ?? ''}`))).toBe('application/fhir+xml');
  });

  it('is pretty where that is asked for, with the same digits', async () => {
    const pretty = await server.call(`GET /fhir/Patient/${id}?_pretty=true`);
    const prettyXml = await server.call(`GET /fhir/Patient/${id}?_pretty=true&_format=xml`);
    expect(pretty.text).toContain('\n      "valueDecimal": 1.50\n');
    expect(pretty.body).toEqual(await read(''));
    expect(prettyXml.text).toContain(`\n    ${narrative}\n`);
    expect(parseXml(prettyXml.text)).toEqual(await read(''));
  });

  it('is XML where that is asked for: of reads, searches, writes, the server itself and errors', async () => {
    const answers = await Promise.all([
      server.call(`GET /fhir/Patient/${id}`, { headers: xml }),
      server.call(`GET /fhir/Patient?_id=${id}`, { headers: xml }),
      server.call('GET /fhir/metadata?_format=xml'),
      server.call('GET /fhir/Patient/none', { headers: xml }),
      server.call('GET /fhir/Nothing?_format=xml'),
      server.call('POST /fhir/Patient', { headers: xml, body: { resourceType: 'Patient', active: 'yes' } }),
      server.call('GET /fhir/Patient', { headers: xml, token: '' }),
    ]);
    const types = answers.map(({ text }) => (parseXml(text) as { resourceType: string }).resourceType);
    expect(answers.map(typeOf)).toEqual(answers.map(() => 'application/fhir+xml'));
    expect(types).toEqual(['Patient', 'Bundle', 'CapabilityStatement', ...Array<string>(4).fill('OperationOutcome')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 404, 400, 401]);
    expect(parseXml(answers[0].text)).toEqual(await read(''));
  });

  it('is nothing that the server does not speak', async () => {
    const answers = await Promise.all([
      server.call(`GET /fhir/Patient/${id}`, { headers: { accept: 'text/turtle' } }),
      server.call(`GET /fhir/Patient/${id}?_format=turtle`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([406, 406]);
  });

  it('is compressed where the client takes that and it is worth it', async () => {
    const get = (path: string, encoding: string): Promise<Response> =>
      fetch(`${server.address}/fhir/${path}`, {
        headers: { authorization: 'Bearer practice', 'accept-encoding': encoding },
      });
    const [br, gzip, none, small] = await Promise.all([
      get('metadata', 'gzip, br'),
      get('metadata', 'gzip;q=0.8, br;q=0'),
      get('metadata', 'identity'),
      get(`Patient/${id}?_elements=gender`, 'gzip, br'),
    ]);
    const encodings = [br, gzip, none, small].map(({ headers }) => headers.get('content-encoding'));
    const [one, two, three] = await Promise.all([br.text(), gzip.text(), none.text()]);
    expect(encodings).toEqual(['br', 'gzip', null, null]);
    expect([one === three, two === three, br.headers.get('vary')]).toEqual([true, true, 'accept-encoding']);
    expect(gunzipSync(gzipSync(three)).toString()).toBe(three);
  });
});

describe('the form of a body', () => {
  let server: RunningServer;
  const inXml = { 'content-type': 'application/fhir+xml' };

  beforeAll(async () => {
    server = await startServer({
      limits: { bodyBytes: 20_000, urlLength: 300, parameters: 8, jsonDepth: 20, stringLength: 5_000 },
    });
  });
  afterAll(() => server.stop());

  const send = async (body: Buffer, headers: Record<string, string>): Promise<{ status: number; text: string }> => {
    const sent = { authorization: 'Bearer practice', 'content-type': 'application/fhir+json', ...headers };
    const response = await fetch(`${server.address}/fhir/Patient`, {
      method: 'POST',
      headers: sent,
      body: new Uint8Array(body),
    });
    return { status: response.status, text: await response.text() };
  };

  it('may be XML, and is stored as JSON with its digits', async () => {
    const body = `<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/>${narrative}</text>
      <extension url="https://ginnel.example/share"><valueDecimal value="1.50"/></extension><active value="true"/></Patient>`;
    const made = await server.call('POST /fhir/Patient', { body, headers: inXml });
    expect([made.status, made.text.includes('"valueDecimal":1.50'), (made.body as Patient).text?.div]).toEqual([
      201,
      true,
      narrative,
    ]);
  });

  it.each([
    ['<Patient xmlns="http://hl7.org/fhir"><nickname value="x"/></Patient>', 'Patient.nickname'],
    ['<Patient xmlns="http://hl7.org/fhir"><active value="yes"/></Patient>', 'Patient.active'],
    ['<Task xmlns="http://hl7.org/fhir"><status value="requested"/></Task>', 'Task'],
    ['<!DOCTYPE x><Patient xmlns="http://hl7.org/fhir"/>', undefined],
    ['{"resourceType":"Patient"}', undefined],
  ])('is refused by its place: %s', async (body, expression) => {
    const answer = await server.call('POST /fhir/Patient', { body, headers: inXml });
    expect([answer.status, issuesOf(answer)[0]?.expression?.[0]]).toEqual([400, expression]);
  });

  it('may be gzipped, and is inflated as far as the limit', async () => {
    const text = JSON.stringify({ resourceType: 'Patient', active: true });
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
    const gzip = { 'content-encoding': 'gzip' };
    const answers = [
      await send(gzipSync(text), gzip),
      await send(gzipSync(`${text}${' '.repeat(30_000)}`), gzip),
      await send(bomb.subarray(0, 20_000), gzip),
      await send(bomb, gzip),
      await send(Buffer.from(text), gzip),
      await send(Buffer.from(text), { 'content-encoding': 'br' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 413, 413, 413, 400, 415]);
  });

  it.each([
    ['an address', 414, 'GET', `Patient?name=${'x'.repeat(300)}`, undefined, '300 characters'],
    ['parameters', 413, 'GET', `Patient?${'_id=1&'.repeat(9)}`, undefined, 'At most 8 parameters'],
    ['a body', 413, 'POST', 'Patient', ' '.repeat(20_001), '20000 bytes'],
    ['depth', 400, 'POST', 'Patient', `${'['.repeat(21)}${']'.repeat(21)}`, '20 levels'],
    [
      'a string',
      413,
      'POST',
      'Patient',
      JSON.stringify({ resourceType: 'Patient', id: 'x'.repeat(5_001) }),
      '5000 characters',
    ],
  ])('has a limit that is told: %s', async (_what, status, method, path, body, told) => {
    const answer = await server.call(`${method} /fhir/${path}`, { ...(body === undefined ? {} : { body }) });
    const outcome = answer.body as OperationOutcome;
    expect([answer.status, outcome.issue[0]?.diagnostics]).toEqual([status, expect.stringContaining(told)]);
  });
});
