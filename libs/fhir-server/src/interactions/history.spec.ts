import type { Bundle, BundleEntry, FhirResource, Patient, Task } from 'fhir/r4';
import type { Stored } from '#fhir-store';
import { baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';
import { mergedPage } from './merged-history.js';

const patient: Patient = { resourceType: 'Patient', active: true };
const task: Task = { resourceType: 'Task', status: 'requested', intent: 'order' };

function bundleIn(body: unknown): Bundle<FhirResource> {
  return body as Bundle<FhirResource>;
}

function told({ request, response, resource, fullUrl }: BundleEntry<FhirResource>): unknown[] {
  return [request?.method, request?.url, response?.status, response?.etag, resource?.resourceType, fullUrl];
}

describe('history', () => {
  let server: RunningServer;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    server = await startServer({ limits: { pageCount: 40 } });
    await made('one', 'Patient', patient);
    await changed('one', 'Patient', { ...patient, gender: 'other' });
    await made('task', 'Task', task);
    await made('two', 'Patient', { ...patient, active: false });
    await server.call(`DELETE /fhir/Patient/${ids.get('one') ?? ''}`);
    await made('strange', 'Patient', patient, 'provider');
    await made('walk', 'HealthcareService', { resourceType: 'HealthcareService', active: true }, 'provider');
  });
  afterAll(() => server.stop());

  async function made(name: string, type: string, body: FhirResource, token = 'practice'): Promise<void> {
    const { body: created, text } = await server.call(`POST /fhir/${type}`, { body, token });
    const { id } = created as { id?: string };
    if (id === undefined) throw new Error(text);
    ids.set(name, id);
  }
  async function changed(name: string, type: string, body: FhirResource): Promise<void> {
    const id = ids.get(name) ?? '';
    await server.call(`PUT /fhir/${type}/${id}`, { body: { ...body, id } });
  }
  const history = async (path: string, token = 'practice'): Promise<Bundle<FhirResource>> =>
    bundleIn((await server.call(`GET /fhir/${path}`, { token })).body);
  const id = (name: string): string => ids.get(name) ?? '';

  it('of one resource tells every version, newest first, its end too', async () => {
    const bundle = await history(`Patient/${id('one')}/_history`);
    const url = `${baseUrl}/Patient/${id('one')}`;
    expect([bundle.type, ...(bundle.entry ?? []).map(told)]).toEqual([
      'history',
      ['DELETE', `Patient/${id('one')}`, '204', 'W/"3"', undefined, url],
      ['PUT', `Patient/${id('one')}`, '200', 'W/"2"', 'Patient', url],
      ['POST', 'Patient', '201', 'W/"1"', 'Patient', url],
    ]);
  });

  it('of a type tells what the caller may see, and of everything too', async () => {
    const patients = await history('Patient/_history');
    const all = await history('_history');
    const theirs = await history('_history', 'provider');
    const urls = (bundle: Bundle): (string | undefined)[] => (bundle.entry ?? []).map(({ fullUrl }) => fullUrl);
    const [one, two] = [`${baseUrl}/Patient/${id('one')}`, `${baseUrl}/Patient/${id('two')}`];
    const walk = `${baseUrl}/HealthcareService/${id('walk')}`;
    expect(urls(patients)).toEqual([one, two, one, one]);
    expect(urls(all)).toEqual([walk, one, two, `${baseUrl}/Task/${id('task')}`, one, one]);
    expect(urls(theirs)).toEqual([walk, `${baseUrl}/Patient/${id('strange')}`]);
  });

  it('of everything leaves out what the caller’s role may not read', async () => {
    const analysts = await history('_history', 'analyst');
    expect((analysts.entry ?? []).map(({ resource }) => resource?.resourceType)).toEqual(['HealthcareService']);
    expect((await server.call('GET /fhir/Patient/_history', { token: 'analyst' })).status).toBe(403);
  });

  it.each(['Patient/_history', '_history'])('comes in pages that lose and double nothing: %s', async (path) => {
    const whole = (await history(`${path}?_count=40`)).entry ?? [];
    const found: BundleEntry[] = [];
    let next: string | undefined = `${baseUrl}/${path}?_count=2`;
    for (let page = 0; next !== undefined && page < 10; page++) {
      const bundle = await history(next.slice(baseUrl.length + 1));
      found.push(...(bundle.entry ?? []));
      next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
      // What comes meanwhile is newer than any page that is still to come.
      if (page === 0) await made('later', 'Patient', patient, 'other');
    }
    expect(found).toEqual(whole);
  });

  it('keeps to the times that are asked for', async () => {
    const versions = (await history(`Patient/${id('one')}/_history`)).entry ?? [];
    const [ended, updated, created] = versions.map(({ response }) => response?.lastModified ?? '');
    const since = await history(`Patient/${id('one')}/_history?_since=${encodeURIComponent(updated ?? '')}`);
    const at = await history(`Patient/${id('one')}/_history?_at=${encodeURIComponent(created ?? '')}`);
    const none = await history(`Patient/_history?_since=2999`);
    const lastModified = ({ entry = [] }: Bundle): unknown[] => entry.map(({ response }) => response?.lastModified);
    expect(lastModified(since)).toEqual([ended, updated]);
    expect(lastModified(at)).toEqual([created]);
    expect([none.entry, none.link?.[0]?.url]).toEqual([undefined, `${baseUrl}/Patient/_history?_count=40&_since=2999`]);
  });

  it.each([
    ['_since=yesterday', 400, '_since must be a date or time'],
    ['_at=2026-02-30', 400, '_at must be a date or time'],
    ['_count=0', 400, '_count must be a whole number from 1.'],
    ['_count=2&_count=3', 400, '_count is taken once.'],
    ['_sinse=2026', 400, 'Did you mean _since?'],
    ['_cursor=abc', 400, 'This page link is not valid'],
    ['_summary=count', 400, '_summary=count is taken by searches'],
  ])('refuses %s', async (query, status, diagnostics) => {
    const answer = await server.call(`GET /fhir/Patient/_history?${query}`);
    expect([answer.status, issuesOf(answer)[0]?.diagnostics]).toEqual([status, expect.stringContaining(diagnostics)]);
  });

  it('binds a page link to its client and its address', async () => {
    const link =
      (await history('Patient/_history?_count=1')).link?.find(({ relation }) => relation === 'next')?.url ?? '';
    const stolen = await server.call(`GET /fhir/${link.slice(baseUrl.length + 1)}`, { token: 'provider' });
    const moved = await server.call(`GET /fhir/${link.slice(baseUrl.length + 1).replace('Patient/', '')}`);
    expect([stolen.status, moved.status]).toEqual([400, 400]);
  });

  it('of what is not there, or not to be seen, is not found', async () => {
    const answers = await Promise.all([
      server.call('GET /fhir/Patient/none/_history'),
      server.call(`GET /fhir/Patient/${id('strange')}/_history`),
      server.call(`GET /fhir/Patient/${id('strange')}/_history?_since=2999`),
      server.call(`GET /fhir/Patient/${id('two')}/_history?_since=2999`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 200]);
  });
});

describe('a page of several histories', () => {
  const version = (time: number, id: string): Stored => ({
    type: 'Task',
    id,
    version: 1,
    lastUpdated: new Date(time),
    audience: [],
    deleted: false,
    content: '',
  });
  const idsOf = (versions: readonly Stored[]): string[] => versions.map(({ id }) => id);

  it('is merged by time', () => {
    const parts = [
      { versions: [version(5, 'e'), version(2, 'b')], more: false },
      { versions: [version(4, 'd'), version(3, 'c'), version(1, 'a')], more: false },
    ];
    const page = mergedPage(parts, 3);
    expect([idsOf(page.versions), page.next?.id]).toEqual([['e', 'd', 'c'], 'c']);
    expect(mergedPage(parts, 5).next).toBeUndefined();
  });

  it('ends where one of them has more to tell than it told', () => {
    const parts = [
      { versions: [version(9, 'i'), version(6, 'f')], more: true },
      { versions: [version(8, 'h'), version(5, 'e'), version(4, 'd')], more: false },
    ];
    const page = mergedPage(parts, 10);
    expect([idsOf(page.versions), page.next?.id]).toEqual([['i', 'h', 'f'], 'f']);
  });
});
