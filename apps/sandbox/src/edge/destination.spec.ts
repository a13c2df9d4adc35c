import { owners, serviceNames } from '#fhir';
import { EdgeBeforeServers } from '../../test/edge-before-servers.js';

const types = serviceNames.flatMap((service) => owners[service].map((type) => [type, service] as const));

describe('the way through the edge', () => {
  const edge = new EdgeBeforeServers();
  beforeAll(() => edge.open());
  afterAll(() => edge.close());
  beforeEach(() => {
    edge.forget();
  });

  it.each(types)('sends %s and all below it to %s, which owns it', async (type, owner) => {
    for (const below of ['', '?_id=1', '/1', '/1/_history/2', '/$an-operation'])
      await edge.send(`/fhir/${type}${below}`);
    await edge.send(`/fhir/${type}/_search`, { method: 'POST', body: '_id=1' });
    expect(edge.reached()).toEqual([
      ...['', '?_id=1', '/1', '/1/_history/2', '/$an-operation'].map((below) => `${owner} GET /fhir/${type}${below}`),
      `${owner} POST /fhir/${type}/_search`,
    ]);
  });

  it('sends the base, what spans services and what nobody owns to referral', async () => {
    await edge.send('/fhir', { method: 'POST', body: '{}' });
    const paths = ['/fhir/$process-message', '/fhir/AuditEvent', '/fhir/Taskk', '/fhir/constructor', '/docs'];
    const all = [...paths, '/.well-known/security.txt'];
    for (const path of all) await edge.send(path);
    expect(edge.reached()).toEqual(['referral POST /fhir', ...all.map((path) => `referral GET ${path}`)]);
  });

  it('sends whoever asks for tokens to the issuer', async () => {
    const paths = [
      '/auth/jwks',
      '/auth/.well-known/openid-configuration',
      '/auth/sign-in/x_y-z',
      '/auth/authorize?scope=a',
    ];
    for (const path of paths) await edge.send(path);
    await edge.send('/oauth2/token', { method: 'POST', body: 'a=b' });
    expect(edge.reached()).toEqual([...paths.map((path) => `issuer GET ${path}`), 'issuer POST /oauth2/token']);
  });

  it('serves nothing else: metrics and health of the services are for the inside', async () => {
    for (const path of ['/', '/metrics', '/fhirr/Task', '/docs/x', '/health/x', '/oauth2', '/authx']) {
      expect((await edge.send(path)).status).toBe(404);
    }
    expect(edge.reached()).toEqual([]);
  });

  it.each([
    ['/fhir/%54ask', 'referral GET /fhir/Task'],
    ['/%66hir/%51uestionnaire/1/', 'questionnaire GET /fhir/Questionnaire/1'],
    [
      '/fhir/HealthcareService/%24find-activities?a=%2F..%2F',
      'activity-directory GET /fhir/HealthcareService/$find-activities?a=%2F..%2F',
    ],
    ['/fhir/Task?x=/fhir/Measure&y=?', 'referral GET /fhir/Task?x=/fhir/Measure&y=?'],
  ])('reads %s once, and the service reads what the edge read', async (path, expected) => {
    expect([(await edge.send(path)).status, ...edge.reached()]).toEqual([200, expected]);
  });

  it.each([
    '//fhir/Task',
    '/fhir//Task',
    '/fhir/Task//1',
    '/fhir/./Task',
    '/fhir/Patient/../Measure',
    '/fhir/Patient/%2e%2e/Measure',
    '/fhir/Patient%2f..%2fMeasure',
    '/fhir/Patient%5c..%5cMeasure',
    '/fhir/Patient\\..\\Measure',
    '/fhir/Task%00',
    '/fhir/Task%0d%0aX:1',
    '/fhir/Task;a=b',
    '/fhir/Task%3f_id=1',
    '/fhir/Task#Measure',
    '/fhir/%2554ask',
    '/fhir/%zz',
    '/fhir/%c0%ae',
    'http://elsewhere.example/fhir/Task',
  ])('refuses %s, which could be read in two ways', async (path) => {
    const { status, headers, outcome } = await edge.send(path, { headers: { 'x-request-id': 'of-the-caller' } });
    expect([status, headers['x-request-id'], outcome().resourceType]).toEqual([
      400,
      'of-the-caller',
      'OperationOutcome',
    ]);
    expect(edge.reached()).toEqual([]);
  });
});
