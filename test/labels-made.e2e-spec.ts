import { randomUUID } from 'node:crypto';
import type {
  Appointment,
  Bundle,
  Condition,
  Encounter,
  FhirResource,
  Observation,
  Parameters,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import pg from 'pg';
import type { TokenClient } from '#auth';
import { booking, offered } from './bars-bookings.js';
import { BarsWorld, changedExample, reason, refusal } from './bars-world.js';
import { eventually } from './eventually.js';
import { idIn, messageFor, messageOf } from './messages.js';
import { ReferralActors, requestFor } from './referral-actors.js';
import { parameters } from './task-turns.js';
import { startWorld, type World } from './world.js';

const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const [restricted, veryRestricted] = [[{ system, code: 'R' }], [{ system, code: 'V' }]];
const validation = [
  {
    coding: [
      { system: 'https://fhir.nhs.uk/CodeSystem/message-category-servicerequest', code: 'validation' },
      { system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case', code: 'vcse' },
    ],
  },
];
const scopes = ['system/*.cruds', 'https://ginnel.org.uk/fhir/scope/very-restricted'];
const message = 'https://ginnel.org.uk/fhir/scope/process-message';
const practice = { client: 'gp', role: 'practice', organisation: 'worth-valley-practice' } as const;
const provider = { client: 'khl', role: 'provider', organisation: 'keighley-healthy-living' } as const;
const clients: TokenClient[] = [
  { ...practice, token: 'gp-restricted', scopes: [...scopes, message] },
  { ...provider, token: 'khl-restricted', scopes },
  { client: 'page', role: 'integrator', organisation: 'modality-airedale', token: 'page-restricted', scopes },
  {
    client: 'plain-page',
    role: 'integrator',
    organisation: 'modality-airedale',
    token: 'page',
    scopes: ['system/*.cruds'],
  },
];

/** A validation is what an update may change. */
function validationOf(meta: ServiceRequest['meta']): Bundle {
  const occurrencePeriod = { start: '2026-11-23T09:00:00Z', end: '2026-11-23T09:20:00Z' };
  const first = messageFor(({ request, add }) => {
    Object.assign(request, { ...(meta ? { meta } : {}), category: validation, occurrencePeriod });
    add({ resourceType: 'Location', name: 'a place' });
  });
  for (const { resource } of first.entry ?? []) {
    if (resource?.resourceType === 'Encounter') Object.assign(resource, { status: 'triaged' });
    if (resource?.resourceType === 'CarePlan') Object.assign(resource, { status: 'active' });
  }
  return first;
}

describe('what is made of restricted records', () => {
  let world: World;
  const actors = new ReferralActors(() => world);
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld({ clients });
  });

  afterAll(async () => {
    await world.stop();
  });

  async function send<R = FhirResource>(token: string, path: string, body?: FhirResource) {
    const headers = {
      authorization: `Bearer ${token}`,
      'x-request-id': randomUUID(),
      'x-correlation-id': randomUUID(),
    };
    const answer = await world.send<R>(undefined, {
      path: `/fhir/${path}`,
      headers,
      ...(body ? { method: 'POST', body } : {}),
    });
    if (answer.status >= 300) throw new Error(answer.text);
    return answer;
  }

  /** The labels and the readers of the Bundle in which a message is kept. */
  async function keptAs({ id = '' }: Bundle): Promise<{ labels: unknown; audience: string[] }> {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ audience: string[]; content: string }>(
      `SELECT audience, content FROM referral.resource WHERE type = 'Bundle' AND position($1 IN content) > 0`,
      [`"value":"${id}"`],
    );
    await client.end();
    const [row] = rows;
    if (!row) throw new Error('The message is not kept.');
    return { labels: (JSON.parse(row.content) as Bundle).meta?.security, audience: row.audience };
  }

  async function restrictedReferral(): Promise<{ request: string; patient: string; part: Task }> {
    const patient = await actors.person();
    const wish = { ...requestFor(`Patient/${patient}`, 'staying-steady'), meta: { security: restricted } };
    const { body: request } = await send<ServiceRequest>('gp-restricted', 'ServiceRequest', wish);
    const query = `Task?focus=ServiceRequest/${request.id ?? ''}&part-of:missing=false`;
    const { body: tasks } = await send<Bundle<Task>>('khl-restricted', query);
    const part = tasks.entry?.[0]?.resource;
    if (!part) throw new Error('There is no part.');
    return { request: request.id ?? '', patient, part };
  }

  it('is named by no later referral whose readers may not see it', async () => {
    const { patient, part } = await restrictedReferral();
    const plain = await actors.refer('staying-steady', patient);
    const named = async (token: string, id: string) => {
      const { body } = await send<Task>(token, `Task/${id}`);
      return body.input?.map(({ valueReference }) => valueReference?.reference).slice(1);
    };
    expect(await named('khl-restricted', plain.part)).toEqual([]);
    const wish = { ...requestFor(`Patient/${patient}`, 'staying-steady'), meta: { security: veryRestricted } };
    const { body: request } = await send<ServiceRequest>('gp-restricted', 'ServiceRequest', wish);
    const query = `Task?focus=ServiceRequest/${request.id ?? ''}&part-of:missing=false`;
    const { body: tasks } = await send<Bundle<Task>>('khl-restricted', query);
    const others = [`Task/${part.id ?? ''}`, `Task/${plain.part}`];
    const [other = ''] = (await named('khl-restricted', tasks.entry?.[0]?.resource?.id ?? '')) ?? [];
    expect(others).toContain(other);
  });

  it('is the kept message: it bears the strongest label of what it holds, and of itself', async () => {
    const [plain, labelled, asWhole] = [messageFor(), messageFor(), messageFor()];
    for (const { resource } of labelled.entry ?? []) {
      if (resource?.resourceType === 'Condition') resource.meta = { security: veryRestricted };
      if (resource?.resourceType === 'CarePlan') resource.meta = { security: restricted };
    }
    asWhole.meta = { ...asWhole.meta, security: restricted };
    for (const one of [plain, labelled, asWhole]) await send('gp-restricted', '$process-message', one);
    const readers = ['keighley-healthy-living', 'worth-valley-practice'];
    expect(await keptAs(plain)).toEqual({ labels: undefined, audience: readers });
    expect(await keptAs(labelled)).toEqual({ labels: veryRestricted, audience: readers.map((one) => `${one}#V`) });
    expect(await keptAs(asWhole)).toEqual({ labels: restricted, audience: readers.map((one) => `${one}#R`) });
  });

  it('is what comes in one message with a restricted referral, kept here and handed over', async () => {
    const first = messageFor(({ request }) => Object.assign(request, { meta: { security: restricted } }));
    const subject = { reference: first.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.fullUrl };
    const weight: Observation = { resourceType: 'Observation', status: 'final', code: { text: 'a weight' }, subject };
    first.entry?.push({ fullUrl: `urn:uuid:${randomUUID()}`, resource: weight });
    const answer = await send<Bundle>('gp-restricted', '$process-message', first);
    const condition = `Condition/${idIn(answer, 'Condition')}`;
    const { body } = await send<Condition>('gp-restricted', condition);
    expect([body.meta?.security, await actors.statusOf('practice', condition)]).toEqual([restricted, 404]);
    const about = `based-on=ServiceRequest/${idIn(answer, 'ServiceRequest')}`;
    const found = await eventually(
      () => send<Bundle<Observation>>('gp-restricted', `Observation?${about}`),
      ({ body: { entry } }) => entry !== undefined,
    );
    expect(found.body.entry?.map(({ resource }) => resource?.meta?.security)).toEqual([restricted]);
  });

  it('is what an update brings to a restricted referral, kept here and handed over', async () => {
    const first = validationOf({ security: restricted });
    const request = idIn(await send<Bundle>('gp-restricted', '$process-message', first), 'ServiceRequest');
    const update = changedExample(
      { ...first, id: randomUUID(), timestamp: new Date(Date.now() + 1_000).toISOString() },
      { header: reason('update'), request: { id: request, meta: { versionId: '1' } } },
    );
    const subject = { reference: update.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.fullUrl };
    const brought: Observation = { resourceType: 'Observation', status: 'final', code: { text: 'a weight' }, subject };
    update.entry?.push({ fullUrl: `urn:uuid:${randomUUID()}`, resource: brought });
    await send('gp-restricted', '$process-message', update);
    expect((await keptAs(update)).labels).toEqual(restricted);
    const found = await eventually(
      () => send<Bundle<Observation>>('gp-restricted', `Observation?based-on=ServiceRequest/${request}`),
      ({ body }) => body.entry !== undefined,
    );
    expect(found.body.entry?.map(({ resource }) => resource?.meta?.security)).toEqual([restricted]);
  });

  it('is a referral that an update labels, with what the update brings, where its sender has the scope', async () => {
    const first = validationOf(undefined);
    const request = idIn(await send<Bundle>('gp-restricted', '$process-message', first), 'ServiceRequest');
    const update = changedExample(
      { ...first, id: randomUUID(), timestamp: new Date(Date.now() + 1_000).toISOString() },
      { header: reason('update'), request: { id: request, meta: { security: veryRestricted } } },
    );
    const subject = { reference: update.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.fullUrl };
    const brought = { resourceType: 'Condition', code: { text: 'a news' }, subject } as Condition;
    update.entry?.push({ fullUrl: `urn:uuid:${randomUUID()}`, resource: brought });
    const refused = await bars.process('practice', update);
    expect(refusal(refused)).toMatch(/^403 REC_FORBIDDEN forbidden Bundle.entry\[1\].resource.meta.security/);
    expect(await actors.statusOf('practice', `ServiceRequest/${request}`)).toBe(200);
    await send('gp-restricted', '$process-message', update);
    expect(await actors.statusOf('provider-khl', `ServiceRequest/${request}`)).toBe(404);
    const { body } = await send<ServiceRequest>('khl-restricted', `ServiceRequest/${request}`);
    const { body: conditions } = await send<Bundle<Condition>>(
      'khl-restricted',
      `Condition?subject=${body.subject.reference ?? ''}&_sort=-_lastUpdated`,
    );
    const news = conditions.entry?.find(({ resource }) => resource?.code?.text === 'a news');
    expect([body.meta?.security, news?.resource?.meta?.security]).toEqual([veryRestricted, veryRestricted]);
    expect((await keptAs(update)).labels).toEqual(veryRestricted);
  });

  it('is what a message says of a person whose record is restricted: it stays that record, and is sent with the scope', async () => {
    const first = await send<Bundle>('gp-restricted', '$process-message', messageOf('9990000271'));
    const person = `Patient/${idIn(first, 'Patient')}`;
    const meta = { name: 'meta', valueMeta: { security: restricted } };
    await send('gp-restricted', `${person}/$meta-add`, { resourceType: 'Parameters', parameter: [meta] });
    expect(refusal(await bars.process('practice', messageOf('9990000271')))).toBe(
      '403 REC_FORBIDDEN forbidden ServiceRequest.subject',
    );
    const again = await send<Bundle>('gp-restricted', '$process-message', messageOf('9990000271', { gender: 'other' }));
    const made = ['Patient', 'ServiceRequest', 'Condition'].map((type) => `${type}/${idIn(again, type)}`);
    const seen = await Promise.all(made.map((place) => actors.statusOf('provider-khl', place)));
    const labels = await Promise.all(
      made.map(async (place) => (await send('khl-restricted', place)).body.meta?.security),
    );
    expect([made[0], seen, labels]).toEqual([person, [404, 404, 404], made.map(() => restricted)]);
  });

  it('is a contact that a provider records', async () => {
    const { part } = await restrictedReferral();
    const values = parameters({ channel: { valueCode: 'phone' }, readiness: { valueCode: 'green' } });
    const { body } = await send<Encounter>('khl-restricted', `Task/${part.id ?? ''}/$record-contact`, values);
    expect([body.resourceType, body.meta?.security]).toEqual(['Encounter', restricted]);
    expect(await actors.statusOf('practice', `Encounter/${body.id ?? ''}`)).toBe(404);
  });

  it('is a session that is booked by message, where its sender may know of the referral', async () => {
    const number = '9990000204';
    const person = { identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: number }] };
    const referral = messageFor(({ patient, request }) => {
      Object.assign(patient, { ...person, name: [{ family: 'Fictitious' }], birthDate: '1958-04-01' });
      Object.assign(request, { meta: { security: restricted } });
    });
    const request = idIn(await send<Bundle>('gp-restricted', '$process-message', referral), 'ServiceRequest');
    const booked = async (token: string | undefined, value: string) => {
      const { slot } = await offered(world, bars, value);
      const body = booking({ service: value, slot, number, birthDate: '1958-04-01' });
      const answer =
        token === undefined
          ? await bars.process('practice', body)
          : await send<Bundle>(token, '$process-message', body);
      const id = idIn(answer, 'Appointment');
      const { body: appointment } = await send<Appointment>('gp-restricted', `Appointment/${id}`);
      return { appointment, kept: (await keptAs(body)).labels };
    };
    const seen = await booked('gp-restricted', '2000088051');
    expect([seen.appointment.basedOn, seen.appointment.meta?.security, seen.kept]).toEqual([
      [{ reference: `ServiceRequest/${request}` }],
      restricted,
      restricted,
    ]);
    const unseen = await booked(undefined, '2000088052');
    expect([unseen.appointment.basedOn, unseen.appointment.meta?.security, unseen.kept]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is not opened by a one-time code to a client that may not see it, and the code is not used up by it', async () => {
    const { part } = await restrictedReferral();
    const minted = await send<Parameters>('khl-restricted', `Task/${part.id ?? ''}/$mint-code`, parameters({}));
    const code = minted.body.parameter?.find(({ name }) => name === 'code')?.valueString ?? '';
    const redeem = (token: string) =>
      send<Parameters>(token, 'Task/$redeem-code', parameters({ code: { valueString: code } }));
    await expect(redeem('page')).rejects.toThrow('The code was not used up.');
    const { body } = await redeem('page-restricted');
    expect(body.parameter?.find(({ name }) => name === 'task')?.resource?.id).toBe(part.id);
    await expect(redeem('page-restricted')).rejects.toThrow('This code opens nothing');
  });
});
