import type { Bundle, Resource } from 'fhir/r4';
import { issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const system = 'https://fhir.nhs.uk/Id/nhs-number';
let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
  for (const value of ['9434765919', '9434765870', '9434765838']) {
    const body = { resourceType: 'Patient', identifier: [{ system, value }], active: true };
    expect((await server.call('POST /fhir/Patient', { body })).status).toBe(201);
  }
});
afterAll(async () => {
  await server.stop();
});

const criteria = `identifier=${system}|9434765919,${system}|9434765870,${system}|9434765838`;

async function page(request: string, sent = {}): Promise<Bundle> {
  const { status, body } = await server.call(request, sent);
  expect(status).toBe(200);
  return body as Bundle;
}

function linkOf({ link = [] }: Bundle, wanted: string): URL {
  return new URL(link.find(({ relation }) => relation === wanted)?.url ?? '');
}

function addressOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

function onlyIn({ entry = [] }: Bundle): Resource {
  const [only, ...more] = entry;
  if (!only?.resource || more.length > 0) throw new Error('A page of one holds one.');
  return only.resource;
}

describe('criteria that came by POST', () => {
  it('stand in no link to another page, and lead through all of them and back', async () => {
    const sent = { body: `${criteria}&_count=1&_sort=_id&_elements=active`, headers: form };
    const pages = [await page('POST /fhir/Patient/_search', sent)];
    for (const bundle of pages) {
      if (!bundle.link?.some(({ relation }) => relation === 'next')) break;
      const next = linkOf(bundle, 'next');
      expect([...next.searchParams.keys()]).toEqual(['_elements', '_cursor']);
      expect(next.href).not.toContain('94347');
      pages.push(await page(`GET ${addressOf(next)}`));
    }
    for (const bundle of pages) {
      expect(onlyIn(bundle)).not.toHaveProperty('identifier');
      expect(linkOf(bundle, 'self').searchParams.get('identifier')).toContain('9434765919');
    }
    expect(new Set(pages.map((bundle) => onlyIn(bundle).id)).size).toBe(3);
    const back = linkOf(pages.at(-1) as Bundle, 'first');
    expect(back.href).not.toContain('94347');
    expect((await page(`GET ${addressOf(back)}`)).entry).toEqual(pages[0]?.entry);
  });

  it('open for nobody who reads as somebody else, for no other type, and with nothing added', async () => {
    const sent = { body: `${criteria}&_count=1`, headers: form };
    const next = addressOf(linkOf(await page('POST /fhir/Patient/_search', sent), 'next'));
    for (const [request, token] of [
      [`GET ${next}`, 'provider'],
      [`GET ${next.replace('Patient', 'Task')}`, 'practice'],
      [`GET ${next}&active=true`, 'practice'],
      [`GET ${next}x`, 'practice'],
    ] as const) {
      const refused = await server.call(request, { token });
      expect([refused.status, issuesOf(refused)[0]?.severity]).toEqual([400, 'error']);
    }
  });

  it('that came in the address are told in the links as they came', async () => {
    const next = linkOf(await page(`GET /fhir/Patient?active=true&_count=1`), 'next');
    expect(next.searchParams.get('active')).toBe('true');
  });
});
