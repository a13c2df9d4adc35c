import { png } from '../libs/fhir-server/test/hostile-files.js';
import type { FhirResource, HealthcareService, Patient } from 'fhir/r4';
import { ReferralActors } from './referral-actors.js';
import { type Answer, sandboxTokens, startWorld, type World } from './world.js';

let world: World;
const actors = new ReferralActors(() => world);
const tokens = sandboxTokens();

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
});

type As = Parameters<World['send']>[0];

function remove(as: As, address: string): Promise<Answer> {
  return world.send(as, { method: 'DELETE', path: `/fhir/${address}` });
}

async function made(as: As, resource: FhirResource): Promise<string> {
  const answer = await world.send(as, { method: 'POST', path: `/fhir/${resource.resourceType}`, body: resource });
  expect([answer.status, answer.text]).toEqual([201, answer.text]);
  return `${resource.resourceType}/${answer.body.id ?? ''}`;
}

async function endOf(as: As, address: string): Promise<[number, string]> {
  const { status, body } = await remove(as, address);
  const said = (body as unknown as { issue?: { diagnostics?: string }[] }).issue?.[0]?.diagnostics;
  return [status, said ?? ''];
}

describe('a delete', () => {
  it('never loses a referral, nor what was shared in it', async () => {
    const { patient, request, part, parent } = await actors.refer('chair-yoga');
    expect(await endOf('practice', `ServiceRequest/${request}`)).toEqual([
      409,
      'A referral that was sent is never deleted: it ends by the turns of its Tasks.',
    ]);
    const [status, said] = await endOf('practice', `Patient/${patient}`);
    expect([status, said]).toEqual([
      409,
      expect.stringMatching(/^What others point to is not deleted\..*ServiceRequest/),
    ]);
    for (const task of [part, parent]) expect((await remove('provider-khl', `Task/${task}`)).status).toBe(405);
    expect((await remove('provider-khl', `Patient/${patient}`)).status).toBe(403);
    expect((await remove('provider-khl', `ServiceRequest/${request}`)).status).toBe(403);
  });

  it('tells nobody what he may not see of what points to his record', async () => {
    const patient = await made('practice', { resourceType: 'Patient' });
    const flag = { status: 'active' as const, code: { text: 'Rings first' }, subject: { reference: patient } };
    const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
    await made('practice', { resourceType: 'Flag', meta: { security: [{ system, code: 'R' }] }, ...flag });
    const said = 'What others point to is not deleted. To this Patient point: ';
    expect(await endOf('practice', patient)).toEqual([409, `${said}records that you may not see.`]);
    await made('practice', { resourceType: 'Flag', ...flag });
    expect(await endOf('practice', patient)).toEqual([409, `${said}1 Flag, records that you may not see.`]);
  });

  it("ends a practice's own records, as long as nothing needs them", async () => {
    const patient = await made('practice', { resourceType: 'Patient' });
    const goal = await made('practice', {
      resourceType: 'Goal',
      lifecycleStatus: 'proposed',
      description: { text: 'Walk' },
      subject: { reference: patient },
    });
    const draft = await made('practice', {
      resourceType: 'ServiceRequest',
      status: 'draft',
      intent: 'order',
      subject: { reference: patient },
    });
    expect((await endOf('practice', patient))[0]).toBe(409);
    for (const address of [draft, goal, patient]) expect(await endOf('practice', address)).toEqual([204, '']);
    expect((await world.send('practice', { path: `/fhir/${patient}` })).status).toBe(410);
  });

  it('ends a directory entry of the own organisation, once nothing points to it', async () => {
    const service: HealthcareService = {
      resourceType: 'HealthcareService',
      name: 'Sewing',
      providedBy: { reference: 'Organization/keighley-healthy-living' },
    };
    const address = await made('provider-khl', service);
    const schedule = await made('provider-khl', { resourceType: 'Schedule', actor: [{ reference: address }] });
    expect((await endOf('provider-project6', address))[0]).toBe(403);
    expect(await endOf('provider-khl', address)).toEqual([
      409,
      expect.stringContaining('To this HealthcareService point: 1 Schedule.'),
    ]);
    for (const each of [schedule, address]) expect(await endOf('provider-khl', each)).toEqual([204, '']);
  });

  it('sees what another service holds: an activity that was referred to stays', async () => {
    await actors.refer('chair-yoga');
    const [status, said] = await endOf('integrator', 'HealthcareService/chair-yoga');
    expect([status, said]).toEqual([409, expect.stringMatching(/ServiceRequest|Task|Schedule/)]);
  });

  it('ends a Subscription and a Basic of the own organisation only', async () => {
    const basic = await made('practice', { resourceType: 'Basic', code: { text: 'A note' } });
    expect((await remove('provider-khl', basic)).status).toBe(404);
    expect((await remove('practice', basic)).status).toBe(204);
  });
});

describe('a definition', () => {
  const questionnaire = (url: string, more: object = {}): FhirResource => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    url,
    version: '1',
    ...more,
  });

  it('under the canonical of a programme is nobody elses to make, and a seeded one nobody elses to change', async () => {
    const { body } = await world.send('integrator', { path: '/fhir/Questionnaire?_count=1' });
    const [entry] = (body as unknown as { entry: { resource: FhirResource & { url: string } }[] }).entry;
    const seeded = entry?.resource;
    const hijack = questionnaire(seeded?.url ?? '', { version: '99' });
    const answer = await world.send('integrator', { method: 'POST', path: '/fhir/Questionnaire', body: hijack });
    expect(answer.status).toBe(409);
    const changed = { ...seeded, title: 'Mine' };
    const path = `/fhir/Questionnaire/${seeded?.id ?? ''}`;
    expect((await world.send('integrator', { method: 'PUT', path, body: changed })).status).toBe(403);
    expect((await remove('integrator', `Questionnaire/${seeded?.id ?? ''}`)).status).toBe(403);
    expect((await world.send('provider-khl', { method: 'PUT', path, body: changed })).status).toBe(403);
  });

  it('has one resource for each version of its canonical, is deleted as a draft, and retired afterwards', async () => {
    const url = 'https://example.org/Questionnaire/own';
    const address = await made('integrator', questionnaire(url));
    const send = (method: 'POST' | 'PUT', path: string, body: FhirResource) =>
      world.send('integrator', { method, path: `/fhir/${path}`, body });
    expect((await send('POST', 'Questionnaire', questionnaire(url))).status).toBe(409);
    expect((await send('POST', 'Questionnaire', questionnaire(url, { version: '2' }))).status).toBe(201);
    const id = address.split('/')[1] ?? '';
    expect((await send('PUT', address, questionnaire(url, { id, status: 'active' }))).status).toBe(200);
    expect((await remove('integrator', address)).status).toBe(409);
    expect((await send('PUT', address, questionnaire(url, { id, status: 'draft' }))).status).toBe(200);
    expect((await remove('integrator', address)).status).toBe(204);
    expect((await send('PUT', address, questionnaire(url, { id }))).status).toBe(201);
    expect((await send('PUT', address, questionnaire(url, { id, version: '3' }))).status).toBe(200);
    const again = await send('POST', 'Questionnaire', questionnaire(url));
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('which bears another one now')]);
  });
});

describe('a document', () => {
  it('goes in and out as it is, beside the resource that holds it', async () => {
    const token = { as: 'practice' as const };
    const sent = await raw('POST', '/fhir/Binary', { ...token, body: png, headers: { 'content-type': 'image/png' } });
    expect(sent.status).toBe(201);
    const binary = (await sent.json()) as { id: string; contentType: string; data: string };
    expect([binary.contentType, binary.data]).toEqual(['image/png', png.toString('base64')]);
    const path = `/fhir/Binary/${binary.id}`;
    const given = await raw('GET', path, { ...token, headers: { accept: 'image/*' } });
    expect(Buffer.from(await given.arrayBuffer())).toEqual(png);
    expect([given.headers.get('content-type'), given.headers.get('content-disposition')]).toEqual([
      'image/png',
      'attachment',
    ]);
    expect(given.headers.get('content-security-policy')).toBe('sandbox');
    expect((await raw('GET', path, { ...token, headers: { accept: 'audio/*' } })).status).toBe(406);
    const resource = await raw('GET', path, token);
    expect(await resource.json()).toEqual(binary);
    expect((await raw('GET', path, { as: 'provider-khl' })).status).toBe(404);
  });

  it('is seen by whoever sees the referral that guards it', async () => {
    const { request } = await actors.refer('chair-yoga');
    const headers = { 'content-type': 'text/plain', 'x-security-context': `ServiceRequest/${request}` };
    const sent = await raw('POST', '/fhir/Binary', { as: 'practice', body: Buffer.from('A letter'), headers });
    const { id } = (await sent.json()) as { id: string };
    expect((await raw('GET', `/fhir/Binary/${id}`, { as: 'provider-khl' })).status).toBe(200);
    expect((await raw('GET', `/fhir/Binary/${id}`, { as: 'provider-project6' })).status).toBe(404);
    expect((await remove('practice', `Binary/${id}`)).status).toBe(409);
    const strange = await raw('POST', '/fhir/Binary', {
      as: 'provider-project6',
      body: Buffer.from('A letter'),
      headers,
    });
    expect(strange.status).toBe(422);
  });

  it('hangs on a referral of the same person only, and is its writers to end as long as nobody else sees it', async () => {
    const { request } = await actors.refer('chair-yoga');
    const other = await made('practice', { resourceType: 'Patient' } satisfies Patient);
    const reference = (subject: string): FhirResource => ({
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: subject },
      content: [{ attachment: { contentType: 'text/plain', data: 'QQ==' } }],
      context: { related: [{ reference: `ServiceRequest/${request}` }] },
    });
    const mixed = await world.send('practice', {
      method: 'POST',
      path: '/fhir/DocumentReference',
      body: reference(other),
    });
    expect(mixed.status).toBe(422);
    const own = { ...reference(other), context: {} } as FhirResource;
    Reflect.deleteProperty(own, 'context');
    const address = await made('practice', own);
    expect((await remove('practice', address)).status).toBe(204);
  });
});

function raw(
  method: string,
  path: string,
  { as, body, headers = {} }: { as: NonNullable<As>; body?: Buffer; headers?: Record<string, string> },
): Promise<Response> {
  return fetch(`${world.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokens.get(as) ?? ''}`, ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
}
