import type { Meta, Parameters } from 'fhir/r4';
import { BearerTokens, restrictedScope } from '#auth';
import { type Answer, clients, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

const urgent = { system: 'https://ginnel.example/tags', code: 'urgent' };
const secret = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
const profile = 'https://ginnel.example/StructureDefinition/task';

function metaIn(answer: Answer): Meta | undefined {
  return (answer.body as Parameters).parameter?.find(({ name }) => name === 'return')?.valueMeta;
}

function given(meta: Meta): Parameters {
  return { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: meta }] };
}

describe('profiles, tags and security labels', () => {
  let server: RunningServer;
  let id = '';

  beforeAll(async () => {
    // Who labels a record R goes on seeing it by this scope.
    const scopes = ['system/*.cruds', restrictedScope];
    const labelling = clients.map((client) => (client.client === 'gp-practice' ? { ...client, scopes } : client));
    server = await startServer({ authenticator: new BearerTokens(labelling) });
    const body = { resourceType: 'Task', status: 'requested', intent: 'order', meta: { tag: [urgent] } };
    id = ((await server.call('POST /fhir/Task', { body })).body as { id: string }).id;
    await server.call('POST /fhir/Task', {
      body: { ...body, meta: { tag: [{ system: 'https://elsewhere.example', code: 'theirs' }] } },
      token: 'other',
    });
  });
  afterAll(() => server.stop());

  it('are added once and taken away, each change a version', async () => {
    const more = { profile: [profile], security: [secret], tag: [{ ...urgent, display: 'Urgent' }] };
    const added = await server.call(`POST /fhir/Task/${id}/$meta-add`, { body: given(more) });
    const again = await server.call(`POST /fhir/Task/${id}/$meta-add`, { body: given(more) });
    const told = await server.call(`GET /fhir/Task/${id}/$meta`);
    const taken = await server.call(`POST /fhir/Task/${id}/$meta-delete`, { body: given({ tag: [urgent] }) });
    const all = { profile: [profile], security: [secret], tag: [urgent] };
    expect([added, again, told, taken].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(metaIn(added)).toMatchObject({ ...all, versionId: '2' });
    expect(metaIn(again)).toMatchObject({ ...all, versionId: '2' });
    expect(metaIn(told)).toMatchObject({ ...all, versionId: '2' });
    expect(metaIn(taken)).toMatchObject({ profile: [profile], security: [secret], versionId: '3' });
    expect(metaIn(taken)?.tag).toBeUndefined();
    expect(taken.headers.get('etag')).toBe('W/"3"');
  });

  it('of a type and of everything are those of what the caller may see', async () => {
    await server.call(`POST /fhir/Task/${id}/$meta-add`, { body: given({ tag: [urgent] }) });
    const answers = await Promise.all([
      server.call('GET /fhir/Task/$meta'),
      server.call('GET /fhir/$meta'),
      server.call('GET /fhir/Task/$meta', { token: 'provider' }),
      server.call('GET /fhir/$meta', { token: 'analyst' }),
    ]);
    const mine = { profile: [profile], security: [secret], tag: [urgent] };
    expect(answers.map(metaIn)).toEqual([mine, mine, {}, {}]);
  });

  it('are nobody’s to change who may not write, and hidden from who may not see', async () => {
    const body = given({ tag: [urgent] });
    const [hidden, analysts, unseen] = await Promise.all([
      server.call(`POST /fhir/Task/${id}/$meta-add`, { body, token: 'provider' }),
      server.call('GET /fhir/Task/$meta', { token: 'analyst' }),
      server.call(`GET /fhir/Task/${id}/$meta`, { token: 'provider' }),
    ]);
    expect([hidden.status, analysts.status, unseen.status]).toEqual([404, 403, 404]);
  });

  it.each([
    [{ resourceType: 'Parameters' }, ''],
    [{ resourceType: 'Parameters', parameter: [{ name: 'mete', valueMeta: { tag: [urgent] } }] }, ''],
    [given({ tag: [urgent] }), '?meta=x'],
  ])('are not changed by %j%s', async (body, query) => {
    const answer = await server.call(`POST /fhir/Task/${id}/$meta-add${query}`, { body });
    expect([answer.status, issuesOf(answer)[0]?.diagnostics]).toEqual([400, expect.stringContaining('meta')]);
  });

  it('are all added where many add at once', async () => {
    const codes = Array.from({ length: 4 }, (_, at) => `tag-${String(at)}`);
    const answers = await Promise.all(
      codes.map((code) => server.call(`POST /fhir/Task/${id}/$meta-add`, { body: given({ tag: [{ code }] }) })),
    );
    const tags = metaIn(await server.call(`GET /fhir/Task/${id}/$meta`))?.tag?.map(({ code }) => code);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(tags).toEqual(expect.arrayContaining(codes));
  });
});
