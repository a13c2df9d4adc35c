import { randomUUID } from 'node:crypto';
import type { Bundle, OperationOutcome, ServiceRequest } from 'fhir/r4';
import { parseXml, toXml } from '#fhir-server';
import { anew, areExamplesHere, BarsWorld, changedExample, example, idIn, reason, refusal } from './bars-world.js';
import type { Answer } from './world.js';
import { startWorld, type World } from './world.js';

const json = 'application/fhir+json';
const xml = 'application/fhir+xml';
const service = '111111111';

/** Each row: what is done to a message, and what the receiver's tables answer, in JSON and XML alike. */
describe('a row of the tables of the Booking and Referral Standard', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
    await bars.service(service, ['a1t1', 'a4t1']);
  });

  afterAll(async () => {
    await world.stop();
  });

  if (!areExamplesHere) {
    it('is not here to be played: the shared folder is absent', () => {
      expect(areExamplesHere).toBe(false);
    });
    return;
  }

  interface Sending {
    as?: Parameters<World['send']>[0];
    headers?: Record<string, string | undefined>;
    method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  }

  async function answered(message: Bundle | undefined, format: string, sending: Sending = {}): Promise<Answer<Bundle>> {
    const headers = {
      'content-type': format,
      accept: format,
      'x-request-id': randomUUID(),
      'x-correlation-id': randomUUID(),
      ...sending.headers,
    };
    const given = Object.entries<string | undefined>(headers).filter(
      (each): each is [string, string] => each[1] !== undefined,
    );
    const answer = await world.send<Bundle>('as' in sending ? sending.as : 'practice', {
      method: sending.method ?? 'POST',
      path: '/fhir/$process-message',
      ...(message ? { body: format === xml ? toXml(message) : JSON.stringify(message) } : {}),
      headers: Object.fromEntries(given),
    });
    expect(answer.headers.get('content-type')).toContain(format);
    return format === xml ? { ...answer, body: parseXml(answer.text) as Bundle } : answer;
  }

  /** A new message and, where it stands on one that came before, the id of that here. */
  async function referral(name: string, as: Sending['as'] = 'practice'): Promise<{ message: Bundle; id: string }> {
    const message = anew(example(name));
    const answer = await bars.process(as, message);
    if (answer.status !== 200) throw new Error(answer.text);
    return { message, id: idIn(answer, 'ServiceRequest') };
  }

  const encounter = (bundle: Bundle, status: string): Bundle => ({
    ...bundle,
    entry: (bundle.entry ?? []).map((each) =>
      each.resource?.resourceType === 'Encounter' ? { ...each, resource: { ...each.resource, status } } : each,
    ),
  });
  const plan = (bundle: Bundle, status: string): Bundle => ({
    ...bundle,
    entry: (bundle.entry ?? []).map((each) =>
      each.resource?.resourceType === 'CarePlan' ? { ...each, resource: { ...each.resource, status } } : each,
    ),
  });
  const request = (bundle: Bundle, status: 'active' | 'on-hold' | 'completed' | 'draft' | 'revoked', id?: string) =>
    changedExample(bundle, { request: { status, ...(id === undefined ? {} : { id }) } });
  const newReferral = () => anew(example('ig_REFREQ01'));
  const newValidation = () => anew(example('ig_VALREQ01'));
  const cancelling = (id: string) => changedExample(anew(example('ig_SERVREQ01')), { request: { id } });
  const answering = (name: string, { id }: Bundle) =>
    changedExample(anew(example(name)), { header: { response: { identifier: id ?? '', code: 'ok' } } });

  const at = (place: string) => `Bundle.entry[${place}`;
  const invariant = (place: string) => `400 REC_BAD_REQUEST invariant ${at(place)}`;

  type Row = [title: string, message: () => Promise<Bundle> | Bundle, answer: string, sending?: Sending];

  /** All four: what is left out would be taken for a callback. */
  const whole = ([title, message, answer, sending = {}]: Row) => [title, message, answer, sending] as const;

  const decisions: Row[] = [
    ['new, referral, active, CarePlan completed, Encounter finished', newReferral, '200'],
    ['the same, Encounter triaged', () => encounter(newReferral(), 'triaged'), '200'],
    ['the same, Encounter in progress', () => encounter(newReferral(), 'in-progress'), invariant('1].resource.status')],
    ['the same, CarePlan active', () => plan(newReferral(), 'active'), invariant('2].resource.status')],
    ['new, referral, revoked', () => request(newReferral(), 'revoked'), invariant('3].resource.status')],
    ['new, validation, active, CarePlan active, Encounter triaged', newValidation, '200'],
    ['the same, Encounter in progress', () => encounter(newValidation(), 'in-progress'), '200'],
    ['the same, Encounter finished', () => encounter(newValidation(), 'finished'), invariant('3].resource.status')],
    ['the same, CarePlan completed', () => plan(newValidation(), 'completed'), invariant('4].resource.status')],
    ['update, referral, revoked', async () => cancelling((await referral('ig_REFREQ01')).id), '200'],
    [
      'update, referral, active',
      async () => {
        const { message, id } = await referral('ig_REFREQ01');
        return changedExample(anew(message), { header: reason('update'), request: { id } });
      },
      invariant('3].resource.status'),
    ],
    [
      'update, validation, active',
      async () => {
        const { message, id } = await referral('ig_VALREQ01');
        return changedExample(anew(message), { header: reason('update'), request: { id } });
      },
      '200',
    ],
    [
      'update, validation, completed',
      async () => {
        const { message, id } = await referral('ig_VALREQ01');
        return changedExample(anew(message), { header: reason('update'), request: { id, status: 'completed' } });
      },
      invariant('1].resource.status'),
    ],
    [
      'update of what is unknown',
      () => cancelling(randomUUID()),
      `404 REC_NOT_FOUND not-found ${at('1].resource.id')}`,
    ],
    [
      'update, older than what is here',
      async () => ({ ...cancelling((await referral('ig_REFREQ01')).id), timestamp: '2021-01-01T00:00:00Z' }),
      '409 REC_CONFLICT conflict Bundle.timestamp',
    ],
    [
      'response, revoked, to a message that is known',
      async () => answering('ig_REFRESP01', (await referral('ig_REFREQ01')).message),
      '200',
      { as: 'provider-khl' },
    ],
    [
      'response, to a message that is unknown',
      () =>
        anew(
          changedExample(example('ig_REFRESP01'), { header: { response: { identifier: randomUUID(), code: 'ok' } } }),
        ),
      `404 REC_NOT_FOUND not-found ${at('0].resource.response.identifier')}`,
      { as: 'provider-khl' },
    ],
    [
      'response without MessageHeader.response',
      () => anew(changedExample(example('ig_REFRESP01'), { header: { response: undefined } })),
      invariant('0].resource.response'),
      { as: 'provider-khl' },
    ],
    [
      'response, validation, interim',
      async () => answering('ig_VALRESP01A', (await referral('ig_VALREQ01')).message),
      '200',
      { as: 'provider-khl' },
    ],
    [
      'response, validation, final',
      async () => answering('ig_VALRESP01B', (await referral('ig_VALREQ01')).message),
      '200',
      { as: 'provider-khl' },
    ],
    [
      'response, validation, of a ServiceRequest that is revoked',
      async () => request(answering('ig_VALRESP01A', (await referral('ig_VALREQ01')).message), 'revoked'),
      invariant('1].resource.status'),
      { as: 'provider-khl' },
    ],
  ];

  describe.each([
    ['JSON', json],
    ['XML', xml],
  ])('in %s', (_name, format) => {
    it.each(decisions.map(whole))('of decisions: %s', async (_title, message, expected, sending) => {
      const answer = await answered(await message(), format, sending);
      expect(answer.status === 200 ? '200' : refusal(answer)).toBe(expected);
    });

    const required = 'required http.X-Request-Id';
    const errors: Row[] = [
      ['400 required', newReferral, `400 REC_BAD_REQUEST ${required}`, { headers: { 'x-request-id': undefined } }],
      [
        '400 invalid',
        newReferral,
        '400 REC_BAD_REQUEST invalid http.NHSD-Target-Identifier',
        { headers: { 'nhsd-target-identifier': '{}' } },
      ],
      ['400 value', () => anew(example('ig_REFRESP02')), `400 REC_BAD_REQUEST value ${at('0].resource.definition')}`],
      [
        '400 not-supported',
        () =>
          changedExample(newReferral(), {
            header: { eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-events-bars', code: 'other' } },
          }),
        `400 REC_BAD_REQUEST not-supported ${at('0].resource.eventCoding')}`,
      ],
      ['401', newReferral, '401 REC_UNAUTHORIZED security', { as: undefined }],
      ['403', newReferral, '403 REC_FORBIDDEN forbidden', { as: 'analyst' }],
      [
        '404',
        () =>
          changedExample(newReferral(), {
            header: { destination: [{ endpoint: 'https://fhir.nhs.uk/Id/dos-service-id|999' }] },
          }),
        `404 REC_NOT_FOUND not-found ${at('0].resource.destination[0].endpoint')}`,
      ],
      [
        '406',
        newReferral,
        '406 REC_NOT_ACCEPTABLE processing http.Accept',
        { headers: { accept: `${format}; version=2.0.0` } },
      ],
      [
        '422 not-supported',
        () => {
          const category = newReferral().entry?.[3]?.resource as ServiceRequest;
          const [kind = {}, useCase = {}] = category.category?.[0]?.coding ?? [];
          const coding = [kind, { ...useCase, code: 'a2t1' }];
          return changedExample(newReferral(), { request: { category: [{ coding }] } });
        },
        `422 REC_UNPROCESSABLE_ENTITY not-supported ${at('3].resource.category[0]')}`,
      ],
      [
        '501',
        () =>
          changedExample(newReferral(), {
            header: {
              eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-events-bars', code: 'booking-response' },
            },
          }),
        `501 REC_NOT_IMPLEMENTED not-supported ${at('0].resource.eventCoding.code')}`,
      ],
    ];

    it.each(errors.map(whole))('of errors: %s', async (_title, message, expected, sending) => {
      const answer = await answered(await message(), format, sending);
      expect(refusal(answer)).toBe(expected);
      const [issue] = (answer.body as unknown as OperationOutcome).issue;
      expect(issue).toMatchObject({
        severity: 'error',
        details: { coding: [{ system: 'https://fhir.nhs.uk/Codesystem/http-error-codes' }] },
      });
    });

    it('of errors: 405, with what is allowed', async () => {
      const answer = await answered(undefined, format, { method: 'GET', headers: { 'content-type': undefined } });
      expect([refusal(answer), answer.headers.get('allow')]).toEqual([
        '405 REC_METHOD_NOT_ALLOWED not-supported',
        'POST',
      ]);
    });

    it('of errors: 409 duplicate for a message that came, by its request id and by its own', async () => {
      const message = newReferral();
      const headers = { 'x-request-id': randomUUID() };
      const answers = [
        await answered(message, format, { headers }),
        await answered(message, format, { headers }),
        await answered(message, format),
      ];
      expect([answers[0]?.status, ...answers.slice(1).map(refusal)]).toEqual([
        200,
        '409 REC_CONFLICT duplicate X-Request-Id',
        '409 REC_CONFLICT duplicate Bundle.id',
      ]);
    });

    it('echoes both ids, whatever becomes of the message', async () => {
      const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
      const taken = await answered(newReferral(), format, { headers });
      const refused = await answered(request(newReferral(), 'draft'), format, {
        headers: {
          ...headers,
          'x-request-id': randomUUID(),
          'use-context': 'a1t1|referral|servicerequest-request|new',
        },
      });
      const correlations = [taken, refused].map(({ headers: got }) => got.get('x-correlation-id'));
      expect([taken.status, refused.status]).toEqual([200, 400]);
      expect(correlations).toEqual([headers['x-correlation-id'], headers['x-correlation-id']]);
      expect(taken.headers.get('x-request-id')).toBe(headers['x-request-id']);
      expect(refused.headers.get('x-request-id')).not.toBeNull();
    });
  });
});
