import { randomUUID } from 'node:crypto';
import type { Bundle, Endpoint, OperationOutcome, Subscription, Task } from 'fhir/r4';
import { failingDirectory } from '../apps/sandbox/src/faults/failing-providers.js';
import { mountFaults } from '../apps/sandbox/src/faults/mount-faults.js';
import { ProviderActors } from '../apps/sandbox/src/faults/provider-actors.js';
import { eventually } from './eventually.js';
import { answered, endpointAt, GpSystem } from './gp-system.js';
import { ReferralActors } from './referral-actors.js';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.js';
import { type Answer, startWorld, type World } from './world.js';

const acting = ['always-rejects', 'answers-late'] as const;

/** The sandbox's providers that do wrong, and what stands between Ginnel and a receiver. */
describe('providers that fail on purpose', () => {
  let world: World;
  const providers = new ProviderActors({
    secret: 'the secret of a failing sandbox',
    complain: (line) => complaints.push(line),
    lateMs: 50,
  });
  const complaints: string[] = [];
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld({
      followable: true,
      directory: failingDirectory(),
      clients: acting.map((id) => ({ client: id, role: 'provider', organisation: id, token: tokenOf(id) })),
      routes: (fastify) => {
        providers.mount(fastify);
        mountFaults(fastify, { host: '127.0.0.1', newId: randomUUID, wait: () => Promise.resolve() });
      },
    });
    await providers.start(world.url, tokenOf);
  });

  afterAll(async () => {
    await providers.stop();
    await world.stop();
    expect(complaints).toEqual([]);
  });

  const partOnce = (id: string, isSo: (task: Task) => boolean): Promise<Task> =>
    eventually(() => actors.read<Task>('practice', `Task/${id}`), isSo);

  it('leaves the headers of those who ask to fail, whatever else has an address here', async () => {
    const answer = await world.send(undefined, { path: '/fhir/Task', headers: { 'x-ginnel-fail': '501' } });
    expect(answer.status).toBe(501);
  });

  it('rejects at once', async () => {
    const { part } = await actors.refer('always-rejects');
    const rejected = await partOnce(part, ({ status }) => status !== 'requested');
    expect([rejected.status, rejected.statusReason?.coding?.[0]?.code]).toEqual(['rejected', '40']);
  });

  it('accepts late', async () => {
    const { part } = await actors.refer('answers-late');
    expect((await partOnce(part, ({ status }) => status !== 'requested')).status).toBe('accepted');
  });

  it('answers what came before it was started, and asks once to be called', async () => {
    await providers.start(world.url, tokenOf);
    const send = { path: '/fhir/Subscription', headers: { authorization: `Bearer ${tokenOf('always-rejects')}` } };
    const { body } = await world.send<Bundle<Subscription>>(undefined, send);
    expect(body.entry?.map(({ resource }) => resource?.status)).toEqual(['active']);
  });

  it('never answers, and has a day by which it should have', async () => {
    const { part } = await actors.refer('never-answers');
    const task = await actors.read<Task>('practice', `Task/${part}`);
    const urls = (task.extension ?? []).map(({ url }) => url.split('/').at(-1));
    expect([task.status, urls.includes('answer-due')]).toEqual(['requested', true]);
  });

  it('is full: refused with alternatives, or taken to wait', async () => {
    const patient = await actors.person();
    const refused: Answer<OperationOutcome> = await actors.post<never>('practice', {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: `Patient/${patient}` },
      performer: [{ reference: 'HealthcareService/is-full' }],
    });
    const codes = refused.body.issue.map(({ details }) => details?.coding?.[0]?.code);
    expect([refused.status, codes[0], codes.includes('alternative')]).toEqual([422, 'full', true]);
    const { part } = await actors.refer('is-full-with-list', patient);
    const { input = [] } = await actors.read<Task>('practice', `Task/${part}`);
    expect(input.some(({ type }) => type.coding?.[0]?.code === 'waiting')).toBe(true);
  });

  describe('between Ginnel and a receiver', () => {
    let receiver: WebhookReceiver;

    beforeEach(async () => {
      receiver = await startReceiver();
    });

    afterEach(async () => {
      await receiver.stop();
    });

    const through = (asked: string, path = '/hook') =>
      `${world.url}/failing/${asked}/${new URL(receiver.url()).port}${path}`;

    async function subscribe(asked: string): Promise<Subscription> {
      return actors.create<Subscription>('practice', {
        resourceType: 'Subscription',
        status: 'requested',
        reason: 'test',
        criteria: 'ServiceRequest?status=active',
        channel: { type: 'rest-hook', endpoint: through(asked) },
      });
    }

    const idsOf = () => receiver.received.map(({ headers }) => headers['webhook-id']);

    it.each(['duplicate', 'delay=20,duplicate'])('delivers a notification twice: %s', async (asked) => {
      const { id = '' } = await subscribe(asked);
      await actors.refer('walks');
      await receiver.have(2);
      expect(new Set(idsOf()).size).toBe(1);
      expect(receiver.received[0]?.path).toBe('/hook');
      await end(id);
    });

    it('refuses instead of the receiver', async () => {
      const { id = '' } = await subscribe('503');
      await actors.refer('walks');
      const status = await eventually(
        () => actors.read<Bundle>('practice', `Subscription/${id}/$status`),
        (bundle) => JSON.stringify(bundle).includes('last-failure'),
      );
      expect(status.resourceType).toBe('Bundle');
      expect(receiver.received).toEqual([]);
      await end(id);
    });

    it('refuses a message to a return address with any error, and lets the next try through', async () => {
      const gp = await GpSystem.start(world);
      gp.answer = answered(200);
      const port = new URL(gp.receiver.url()).port;
      const address = `${world.url}/failing/REC_TOO_EARLY,times=1/${port}/FHIR/R4`;
      const endpoint = await actors.create<Endpoint>('integrator', endpointAt(address));
      const referral = await gp.refer();
      await actors.move('provider-khl', referral.part, { status: 'accepted' });
      const [told] = await eventually(
        () => gp.messagesAbout(referral),
        ([message]) => /REC_TOO_EARLY/.test(message?.statusReason?.text ?? ''),
      );
      expect([told?.status, gp.taken]).toEqual(['in-progress', []]);
      await actors.put<Endpoint>('integrator', { ...endpoint, status: 'off' });
      await gp.receiver.stop();
    });

    async function end(id: string): Promise<void> {
      const subscription = await actors.read<Subscription>('practice', `Subscription/${id}`);
      await actors.put<Subscription>('practice', { ...subscription, status: 'off' });
    }
  });
});

function tokenOf(organisation: string): string {
  return `token-of-${organisation}`;
}
