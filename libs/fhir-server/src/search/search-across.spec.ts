import type { Bundle, FhirResource, HealthcareService, Location, Organization, Patient, Task } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { FhirStore } from '#fhir-store';
import { baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

let server: RunningServer;

const providers = ['healthy-living', 'green-gym'];

beforeAll(async () => {
  server = await startServer();
  const { referral, directory } = server.stores;
  await write(
    directory,
    ['public'],
    [
      organization('healthy-living', { name: 'Healthy Living', partOf: { reference: 'Organization/trust' } }),
      organization('trust', { name: 'The Trust' }),
      organization('green-gym', { name: 'Green Gym' }),
      location('leeds', [53.8, -1.55]),
      location('bradford', [53.79, -1.75]),
      location('fiji', [-17, 179.99]),
      location('nowhere'),
      service('walks', 'healthy-living', ['leeds', 'fiji']),
      service('gardens', 'green-gym', ['bradford']),
      service('letters', 'green-gym', ['nowhere']),
    ],
  );
  await write(directory, ['green-gym'], [organization('hidden', { name: 'Hidden' })]);
  await write(
    referral,
    ['moor-practice'],
    [
      patient('p1', { name: [{ family: 'Shaw' }] }),
      task('t1', {
        owner: { reference: 'Organization/healthy-living' },
        focus: { reference: 'HealthcareService/walks' },
      }),
      task('t2', { owner: { reference: 'Organization/hidden' }, for: { reference: 'Patient/p1' } }),
    ],
  );
  await write(
    referral,
    ['green-gym'],
    [task('t3', { owner: { reference: 'Organization/green-gym' }, focus: { reference: 'HealthcareService/walks' } })],
  );
});
afterAll(async () => {
  await server.stop();
});

async function write(store: FhirStore, audience: readonly string[], resources: readonly FhirResource[]) {
  await store.commit(
    resources.map((resource) => ({ interaction: 'create', resource, audience })),
    { agent: 'test', interaction: 'create', correlationId: 'c' },
  );
}

function organization(id: string, more: Partial<Organization>): Organization {
  return { resourceType: 'Organization', id, ...more };
}

function location(id: string, place?: readonly [number, number]): Location {
  const [latitude, longitude] = place ?? [];
  const position = latitude === undefined || longitude === undefined ? {} : { position: { latitude, longitude } };
  return { resourceType: 'Location', id, ...position };
}

function service(id: string, provider: string, locations: readonly string[]): HealthcareService {
  return {
    resourceType: 'HealthcareService',
    id,
    providedBy: { reference: `Organization/${provider}` },
    location: locations.map((each) => ({ reference: `Location/${each}` })),
  };
}

function patient(id: string, more: Partial<Patient>): Patient {
  return { resourceType: 'Patient', id, ...more };
}

function task(id: string, more: Partial<Task>): Task {
  return { resourceType: 'Task', id, status: 'requested', intent: 'order', ...more };
}

/** Ids of matches, then of what is included, each sorted. */
async function found(asked: string, token?: string): Promise<string> {
  const answer = await server.call(`GET /fhir/${asked}`, { token });
  expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
  const entries = (answer.body as Bundle).entry ?? [];
  const named = (mode: string) =>
    entries
      .filter(({ search }) => search?.mode === mode)
      .map(({ resource }) => `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`)
      .sort()
      .join(' ');
  return `${named('match')} + ${named('include')}`;
}

describe('a search that goes through what another service holds', () => {
  it.each([
    ['Task?owner:Organization.name=healthy', 'Task/t1 + '],
    ['Task?owner.name=healthy,green', 'Task/t1 + '],
    ['Task?owner:Organization.partof:Organization.name=the trust', 'Task/t1 + '],
    ['Task?focus:HealthcareService.organization.name=healthy', 'Task/t1 + '],
    ['Task?focus:HealthcareService.location.near=53.8|-1.5|10|km', 'Task/t1 + '],
    ['Task?patient.family=shaw', 'Task/t2 + '],
    ['Organization?_has:Task:owner:status=requested', 'Organization/healthy-living + '],
    ['Organization?_has:Task:owner:status=completed', ' + '],
    [
      'Organization?_has:HealthcareService:organization:_has:Task:focus:status=requested',
      'Organization/healthy-living + ',
    ],
    ['Task?owner=Organization/healthy-living&_include=Task:owner', 'Task/t1 + Organization/healthy-living'],
    [
      'Task?owner=Organization/healthy-living&_include=Task:focus&_include:iterate=HealthcareService:location&_include:iterate=HealthcareService:organization',
      'Task/t1 + HealthcareService/walks Location/fiji Location/leeds Organization/healthy-living',
    ],
    ['HealthcareService?_id=walks&_revinclude=Task:focus', 'HealthcareService/walks + Task/t1'],
    [
      'Organization?_id=trust&_revinclude=Organization:partof&_revinclude:iterate=Task:owner&_include:iterate=Task:focus:HealthcareService',
      'Organization/trust + HealthcareService/walks Organization/healthy-living Task/t1',
    ],
    ['Task?_id=t2&_include=Task:owner&_include=Task:patient', 'Task/t2 + Patient/p1'],
  ])('%s', async (asked, expected) => {
    expect(await found(asked)).toBe(expected);
  });

  it.each(providers)('finds for %s by nothing that it may not see', async (provider) => {
    const token = provider === 'green-gym' ? 'other' : 'provider';
    const own = provider === 'green-gym' ? 'Task/t3' : '';
    expect(await found('Task?owner:Organization.name=healthy', token)).toBe(' + ');
    expect(await found('HealthcareService?_id=walks&_revinclude=Task:focus', token)).toBe(
      `HealthcareService/walks + ${own}`,
    );
    expect(await found('Organization?_has:Task:owner:status=requested', token)).toBe(
      own === '' ? ' + ' : 'Organization/green-gym + ',
    );
    expect(await found('Task?owner.name=hidden', 'practice')).toBe(' + ');
  });

  it.each([
    'Organization?_has:Task:owner:status=requested',
    'Organization?_has:HealthcareService:organization:_has:Task:focus:status=requested',
    'Organization?_revinclude=Task:owner',
    'Group?member:Patient.family=shaw',
  ])('refuses an analyst who may not read what it goes through: %s', async (asked) => {
    const answer = await server.call(`GET /fhir/${asked}`, { token: 'analyst' });
    const expected = asked.startsWith('Group') ? [404] : [403, 'forbidden'];
    expect([answer.status, issuesOf(answer)[0]?.code].slice(0, expected.length)).toEqual(expected);
  });

  it('refuses a value set that nobody here knows, and finds by one that is known', async () => {
    const unknown = await server.call('GET /fhir/Task?status:in=http://nobody.example/ValueSet/x');
    expect([unknown.status, issuesOf(unknown)[0]?.diagnostics]).toEqual([400, expect.stringContaining('status:in')]);
    expect(await found('Task?status:in=http://hl7.org/fhir/ValueSet/task-status')).toBe('Task/t1 Task/t2 + ');
    expect(await found('Task?status:not-in=http://hl7.org/fhir/ValueSet/task-status')).toBe(' + ');
  });

  it('gives up what it cannot ask, and says so', async () => {
    const other = await startServer({
      searchAcross: {
        idsOf: () =>
          Promise.reject(FhirError.of('transient', 'The questionnaire service does not answer just now; try again.')),
        include: () =>
          Promise.reject(FhirError.of('transient', 'The questionnaire service does not answer just now; try again.')),
      },
    });
    await other.call('POST /fhir/Patient', { body: { resourceType: 'Patient' } });
    const chained = await other.call('GET /fhir/Patient?_has:Observation:patient:code=x');
    const included = await other.call('GET /fhir/Patient?_revinclude=Observation:patient');
    await other.stop();
    expect([chained.status, included.status]).toEqual([503, 503]);
  });
});

describe('a search for what is near', () => {
  async function away(asked: string): Promise<unknown[]> {
    const answer = await server.call(`GET /fhir/${asked}`);
    return ((answer.body as Bundle).entry ?? []).map(({ resource, search }) => [
      resource?.id,
      search?.extension?.map(({ url, valueDistance }) => [
        url.split('/').at(-1),
        valueDistance?.value,
        valueDistance?.unit,
      ]),
    ]);
  }

  it('tells the distance of each match, the nearest first', async () => {
    expect(await away('Location?near=53.8|-1.55|20|km')).toEqual([
      ['leeds', [['location-distance', 0, 'km']]],
      ['bradford', [['location-distance', 13.183, 'km']]],
    ]);
  });

  it('goes through the chain and sorts by it, in the unit that was asked for', async () => {
    expect(await away('HealthcareService?location.near=53.79|-1.75|10|[mi_us]&_sort=-location.near')).toEqual([
      ['walks', [['location-distance', expect.closeTo(8.19, 1), '[mi_us]']]],
      ['gardens', [['location-distance', 0, '[mi_us]']]],
    ]);
  });

  it('finds across the date line', async () => {
    expect(await away('Location?near=-17|-179.99|5|km')).toEqual([['fiji', [['location-distance', 2.12673, 'km']]]]);
  });
});

describe('the links of a page', () => {
  it('lead back to the first', async () => {
    const first = (await server.call('GET /fhir/Organization?_count=1&_sort=name')).body as Bundle;
    const next = first.link?.find(({ relation }) => relation === 'next')?.url ?? '';
    const second = (await server.call(`GET ${next.replace(baseUrl, '/fhir')}`)).body as Bundle;
    expect(second.link?.map(({ relation }) => relation)).toEqual(['self', 'first', 'next']);
    expect(second.link?.[1]?.url).toBe(`${baseUrl}/Organization?_count=1&_sort=name`);
  });
});

describe('what is included from another service and long', () => {
  it('is refused where it is too long together', async () => {
    const { referral, directory } = server.stores;
    const name = 'long '.repeat(200_000);
    const ids = Array.from({ length: 34 }, (_, at) => `long${String(at)}`);
    await write(
      directory,
      ['public'],
      ids.map((id) => organization(id, { name })),
    );
    const owned = ids.map((id) => task(`of-${id}`, { owner: { reference: `Organization/${id}` } }));
    await write(referral, ['moor-practice'], owned);
    const search = (count: number) =>
      server.call(
        `GET /fhir/Task?_id=${owned.map(({ id }) => id).join(',')}&_count=${String(count)}&_include=Task:owner`,
      );
    expect((await search(20)).status).toBe(200);
    const refused = await search(40);
    expect([refused.status, issuesOf(refused)[0]?.code]).toEqual([413, 'too-costly']);
  });
});
