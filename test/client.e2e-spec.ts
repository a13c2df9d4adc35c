import { randomUUID } from 'node:crypto';
import type {
  Bundle,
  CapabilityStatement,
  OperationDefinition,
  Patient,
  ServiceRequest,
  Subscription,
  Task,
} from 'fhir/r4';
import {
  Changes,
  GinnelClient,
  messageIds,
  missedEvents,
  NotificationInbox,
  type ReferralWish,
  referralMessage,
  resourcesIn,
  takeBackMessage,
  turnParameters,
  verifiedNotification,
} from '#client';
import { mountFaults } from '../apps/sandbox/src/faults/mount-faults.js';
import { type As, ReferralActors } from './referral-actors.js';
import { startReceiver } from './webhook-receiver.js';
import { sandboxTokens, startWorld, type World } from './world.js';

const dos = 'https://fhir.nhs.uk/Id/dos-service-id';
const ods = 'https://fhir.nhs.uk/Id/ods-organization-code';

/** @ginnel/client, as those who send and those who receive use it. */
describe('the client kit', () => {
  let world: World;
  const waited: number[] = [];
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld({
      routes: (fastify) => {
        mountFaults(fastify, { host: '127.0.0.1', newId: randomUUID });
      },
    });
  });

  afterAll(async () => {
    await world.stop();
  });

  beforeEach(() => {
    waited.length = 0;
  });

  /** Of a system whose requests go wrong like this. */
  function client(as: NonNullable<As>, asked?: string): GinnelClient {
    return new GinnelClient({
      baseUrl: `${world.url}/fhir`,
      token: sandboxTokens().get(as) ?? '',
      wait: (ms) => Promise.resolve(waited.push(ms)),
      ...(asked === undefined ? {} : { headers: { 'x-ginnel-fail': asked } }),
    });
  }

  async function openReferrals(): Promise<number> {
    return (await actors.read<Bundle>('practice', 'ServiceRequest?status=active&_summary=count')).total ?? 0;
  }

  describe('sending a message', () => {
    it('is taken with nothing to remark on', async () => {
      const { answer, tries } = await client('practice').sendMessage(referralMessage(wish));
      const [request] = resourcesIn(answer as Bundle, 'ServiceRequest');
      const outcomes = resourcesIn(answer as Bundle, 'OperationOutcome');
      const planned = resourcesIn(answer as Bundle, 'Encounter').find(({ status }) => status === 'planned');
      expect([request?.status, outcomes, tries]).toEqual(['active', [], 1]);
      expect(planned?.identifier?.[0]?.value).toMatch(/^GIN-/);
    });

    it.each([
      ['503,times=2', 3],
      ['429,times=1', 2],
      ['408,times=1', 2],
      ['425,times=1', 2],
      ['SEND_FORBIDDEN,times=1', 2],
      ['without-outcome,times=3', 4],
      ['without-ids,times=1', 2],
      ['lost-answer,times=2', 3],
      ['duplicate', 1],
    ])('has one effect when it meets %s', async (asked, tries) => {
      const before = await openReferrals();
      const receipt = await client('practice', asked).sendMessage(referralMessage(wish));
      expect([receipt.tries, await openReferrals()]).toEqual([tries, before + 1]);
      expect(waited).toHaveLength(tries - 1);
    });

    it('waits as long as it is asked to', async () => {
      await client('practice', '503,times=2').sendMessage(referralMessage(wish));
      expect(waited).toEqual([1000, 1000]);
    });

    it.each(['REC_BAD_REQUEST', 'REC_CONFLICT-conflict', 'REC_UNPROCESSABLE_ENTITY', 'REC_NOT_IMPLEMENTED'])(
      'is given up at once for %s',
      async (asked) => {
        const sending = client('practice', asked).sendMessage(referralMessage(wish));
        await expect(sending).rejects.toMatchObject({ tries: 1, mayComeLater: false });
      },
    );

    it('is given up for now after eight tries, and goes on under the same ids', async () => {
      const [message, ids] = [referralMessage(wish), messageIds()];
      const failed = await client('practice', '503')
        .sendMessage(message, ids)
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(failed).toMatchObject({ status: 503, tries: 8, mayComeLater: true });
      const again = await client('practice').sendMessage(message, ids);
      const oncemore = await client('practice').sendMessage(message, ids);
      expect([again.answer?.type, oncemore.answer, oncemore.ids]).toEqual(['message', undefined, ids]);
      const [{ id = '' } = {}] = resourcesIn(again.answer as Bundle, 'ServiceRequest');
      expect([again.made, oncemore.made]).toEqual([undefined, `ServiceRequest/${id}`]);
    });

    it('takes a referral back', async () => {
      const sent = referralMessage(wish);
      const { answer, ids } = await client('practice').sendMessage(sent);
      const [{ id = '' } = {}] = resourcesIn(answer as Bundle, 'ServiceRequest');
      const serviceRequest = await client('practice').read<ServiceRequest>(`ServiceRequest/${id}`);
      const back = takeBackMessage(sent, { serviceRequest, as: 'revoked' });
      await client('practice').sendMessage(back, messageIds(ids.correlationId));
      expect((await actors.read<ServiceRequest>('practice', `ServiceRequest/${id}`)).status).toBe('revoked');
    });

    it('carries what rides along, the agreement and the practitioner', async () => {
      const alsoFor: ReferralWish['alsoFor'] = (subject) => [
        { resourceType: 'Goal', lifecycleStatus: 'active', description: { text: 'Walk to the shops' }, subject },
      ];
      const { answer } = await client('practice').sendMessage(referralMessage({ ...wish, alsoFor }));
      const types = (answer?.entry ?? []).map(({ resource }) => resource?.resourceType);
      expect(types).toEqual(expect.arrayContaining(['Goal', 'Consent', 'Practitioner']));
      const [consent] = resourcesIn(answer as Bundle, 'Consent');
      expect(consent?.status).toBe('active');
    });
  });

  it.each(['503,times=1', 'lost-answer,times=1', 'duplicate'])(
    'makes a resource once when it meets %s',
    async (asked) => {
      const family = `Once ${randomUUID()}`;
      const made = await client('practice', asked).createOnce<Patient>({ resourceType: 'Patient', name: [{ family }] });
      const found = await actors.search<Patient>('practice', `Patient?family=${encodeURIComponent(family)}`);
      expect(found.map(({ id }) => id)).toEqual([made?.id]);
    },
  );

  it('takes a turn once when its answer is lost', async () => {
    const { part } = await actors.refer('walks');
    const provider = client('provider-khl', 'lost-answer,times=1');
    const accepted = (await provider.turn(part, { operation: 'accept', given: {} })) as Task | undefined;
    const given = { channel: 'phone', readiness: 'green', minutes: 10 } as const;
    await provider.turn(part, { operation: 'record-contact', given });
    const task = await actors.read<Task>('practice', `Task/${part}`);
    const count = (task.extension ?? []).find(({ url }) => url.endsWith('/contact-count'));
    expect([accepted?.id, accepted?.status]).toEqual([part, 'accepted']);
    expect([task.status, Object.values(count ?? {}).includes(1)]).toEqual(['accepted', true]);
  });

  it('writes each parameter of the operations on a Task in the type that the server defines', async () => {
    const statement = await actors.read<CapabilityStatement>('practice', 'metadata');
    const task = statement.rest?.[0]?.resource?.find(({ type }) => type === 'Task');
    const names = (task?.operation ?? []).map(({ name }) => name).filter((name) => !notTurns.includes(name));
    expect(names.length).toBeGreaterThanOrEqual(24);
    const turns = await Promise.all(
      names.map((name) => actors.read<OperationDefinition>('practice', `OperationDefinition/Task-${name}`)),
    );
    for (const { id, parameter = [] } of turns) {
      const taken = parameter.filter(({ use }) => use === 'in');
      const given = Object.fromEntries(taken.map(({ name }) => [name, 'x']));
      const expected = taken.map(({ name, type }) => ({ name, [elementOf(type)]: 'x' }));
      expect([id, turnParameters(given).parameter ?? []]).toEqual([id, expected]);
    }
  });

  it('walks pages where it is at home, whatever address the links have', async () => {
    for (let n = 0; n < 5; n++) await actors.refer('walks');
    const found: string[] = [];
    const owner = 'Organization/keighley-healthy-living';
    for await (const { id = '' } of client('provider-khl').search('Task', { owner, _count: '2' })) found.push(id);
    expect(found.length).toBeGreaterThanOrEqual(5);
    expect(new Set(found).size).toBe(found.length);
  });

  it('finds what changed while it was away, each version once', async () => {
    const parameters = { requester: 'Organization/worth-valley-practice' };
    const first = new Changes<Task>(client('practice'), { type: 'Task', parameters });
    await ended(first.look());
    const { part, parent } = await actors.refer('walks');
    await actors.move('provider-khl', part, { status: 'accepted' });
    const later = new Changes<Task>(client('practice'), { type: 'Task', parameters }, first.state);
    const changed = await ended(later.look());
    expect(new Set(changed.map(({ id }) => id))).toEqual(new Set([part, parent]));
    expect(await ended(later.look())).toEqual([]);
  });

  it('takes notifications once, and asks for those that did not come', async () => {
    const receiver = await startReceiver();
    const secret = `whsec_${Buffer.from('x'.repeat(32)).toString('base64')}`;
    const subscription = await client('practice').createOnce<Subscription>({
      resourceType: 'Subscription',
      status: 'requested',
      reason: 'test',
      criteria: 'https://ginnel.org.uk/fhir/SubscriptionTopic/referral-created',
      channel: {
        type: 'rest-hook',
        endpoint: receiver.url(),
        payload: 'application/fhir+json',
        extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/webhook-secret', valueString: secret }],
      },
    });
    const requests: string[] = [];
    for (let n = 0; n < 3; n++) requests.push((await actors.refer('walks')).request);
    await receiver.have(4); // the handshake, too
    const bundles = receiver.received.map(
      ({ body, headers }) => verifiedNotification(secret, body, headers as Record<string, string>) as Bundle,
    );
    const inbox = new NotificationInbox();
    // The second one was lost, and the others came twice.
    const came = bundles.filter((bundle) => !JSON.stringify(bundle).includes(requests[1] ?? '?'));
    const given = [...came, ...came].flatMap((bundle) => [...inbox.take(bundle)]);
    expect(new Set(given.map(({ focus }) => focus))).toEqual(
      new Set([requests[0], requests[2]].map((id) => `ServiceRequest/${id ?? ''}`)),
    );
    expect(inbox.missing(3)).toHaveLength(1);
    const missed = await ended(missedEvents(client('practice'), subscription?.id ?? '', inbox));
    expect([missed.map(({ focus }) => focus), inbox.state]).toEqual([
      [`ServiceRequest/${requests[1] ?? ''}`],
      { upTo: 3, beyond: [] },
    ]);
    await receiver.stop();
  });

  it('refuses a notification that somebody else made', () => {
    const headers = { 'webhook-id': 'a', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' };
    expect(() => verifiedNotification(`whsec_${'A'.repeat(44)}`, '{}', headers)).toThrow();
  });
});

/** `valueString` */
function elementOf(type = ''): string {
  return `value${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}

/** Operations on Tasks that are no turns of one. */
const notTurns = [
  'mint-code',
  'redeem-code',
  'revoke-codes',
  'contact-log',
  'everything',
  'meta',
  'meta-add',
  'meta-delete',
  'validate',
];

async function ended<T>(walk: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of walk) all.push(one);
  return all;
}

const wish: ReferralWish = {
  patient: {
    resourceType: 'Patient',
    name: [{ family: 'Invented', given: ['Ada'] }],
    gender: 'female',
    birthDate: '1958-03-14',
    telecom: [{ system: 'phone', value: '01632 960123', rank: 1 }],
  },
  service: { system: dos, value: '2000099911' },
  receiver: { name: 'Keighley Healthy Living', identifier: { system: ods, value: 'X99K1' } },
  sender: {
    name: 'Worth Valley Practice',
    identifier: { system: ods, value: 'X99G1' },
    returnAddress: { system: dos, value: '2000099901' },
    software: 'Invented GP system',
    practitioner: { family: 'Example', given: ['Robin'], prefix: ['Dr'] },
  },
  reason: { text: 'Long-term pain' },
  summary: 'Wants to walk to the shops again.',
  agreed: true,
};
