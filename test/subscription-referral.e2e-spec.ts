import { randomUUID } from 'node:crypto';
import type { Practitioner, Subscription, Task } from 'fhir/r4';
import type { FhirStore } from '#fhir-store';
import { Service } from '#service';
import { EndSubscription } from '../apps/subscriptions/src/use-cases/end-subscription.js';
import { eventually } from './eventually.js';
import { type As, ReferralActors } from './referral-actors.js';
import { eventsIn, topicSubscription } from './subscription-notices.js';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.js';
import { startWorld, type World } from './world.js';

const worker = 'https://ginnel.org.uk/fhir/StructureDefinition/worker';

let world: World;
let hooks: WebhookReceiver[] = [];
const actors = new ReferralActors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterEach(async () => {
  await Promise.all(hooks.splice(0).map((hook) => hook.stop()));
});

afterAll(async () => {
  await world.stop();
});

function storeOf(service: string): FhirStore {
  const services = world.running.app.get(Service, { strict: false, each: true });
  const found = services.find(({ definition }) => definition.name === service);
  if (!found) throw new Error(`${service} is not running.`);
  return found.store;
}

async function listen(as: As, topic: string, filters: readonly string[] = []) {
  const hook = await startReceiver();
  hooks = [...hooks, hook];
  const made = await actors.create<Subscription>(as, topicSubscription(topic, hook.url(), { filters }));
  await eventually(
    () => actors.read<Subscription>(as, `Subscription/${made.id ?? ''}`),
    ({ status }) => status === 'active',
  );
  const focuses = () => eventsIn(hook.received).flatMap(({ told }) => told.map(({ focus }) => focus));
  return { hook, subscription: made, focuses };
}

describe('who listens to the topics of a referral', () => {
  it('hears of its creation, of whom it was given to and of its turns, each side of its own', async () => {
    const practice = await listen('practice', 'referral-status-changed', [
      'Task?activity=HealthcareService/staying-steady',
    ]);
    const created = await listen('provider-khl', 'referral-created', ['performer=HealthcareService/staying-steady']);
    const assigned = await listen('provider-khl', 'task-assigned', ['owner=Organization/keighley-healthy-living']);
    const others = await listen('provider-project6', 'referral-status-changed');
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const part = `Task/${referral.part}`;
    await eventually(
      () => Promise.resolve(practice.focuses()),
      (heard) => heard.filter((one) => one === part).length >= 2,
    );
    await eventually(
      () => Promise.resolve([created.focuses(), assigned.focuses()]),
      ([one = [], two = []]) => one.length > 0 && two.length > 0,
    );
    expect([created.focuses(), assigned.focuses()[0], others.focuses()]).toEqual([
      [`ServiceRequest/${referral.request}`],
      part,
      [],
    ]);
    const numbers = eventsIn(practice.hook.received).flatMap(({ told }) => told.map(({ number }) => number));
    expect(numbers).toEqual(numbers.map((_number, at) => at + 1));
  });

  it('hears of each worker that it is given to, and of no other edit', async () => {
    const make = async () => {
      const { id = '' } = await actors.create<Practitioner>('provider-khl', {
        resourceType: 'Practitioner',
        active: true,
      });
      return `Practitioner/${id}`;
    };
    const [one, other] = [await make(), await make()];
    const all = await listen('provider-khl', 'task-assigned');
    const ofOne = await listen('provider-khl', 'task-assigned', [`worker=${one}`]);
    const { part } = await actors.refer('staying-steady');
    const { extension: before = [] } = await actors.read<Task>('provider-khl', `Task/${part}`);
    const assign = (reference: string) =>
      actors.move('provider-khl', part, { extension: [...before, { url: worker, valueReference: { reference } }] });
    await assign(one);
    await actors.move('provider-khl', part, { note: [{ text: 'Rings in the morning.' }] });
    await assign(other);
    await assign(one);
    // What was asked of the provider for another referral may be told late.
    const heard = () => [all.focuses().filter((focus) => focus === `Task/${part}`), ofOne.focuses()];
    await eventually(
      () => Promise.resolve(heard()),
      ([every = [], mine = []]) => every.length >= 4 && mine.length >= 2,
    );
    expect(heard()).toEqual([4, 2].map((count) => Array<string>(count).fill(`Task/${part}`)));
  });
});

describe('the events of one referral', () => {
  it('are told in the order in which they were committed, whichever Task they are about', async () => {
    const { hook, focuses } = await listen('practice', 'referral-status-changed', ['code=turn-test']);
    const [first, second] = [randomUUID(), randomUUID()];
    const audience = ['worth-valley-practice'];
    const act = { agent: 'test', interaction: 'test', correlationId: 'test' };
    const event = 'referral-progressed.v1';
    const store = storeOf('referral');
    for (let version = 0; version < 20; version += 1) {
      for (const id of [first, second]) {
        const resource = taskOf(id, String(version));
        const write = version === 0 ? { interaction: 'create' as const } : { interaction: 'update' as const, version };
        await store.commit([{ ...write, resource, audience, event }], act);
      }
    }
    await eventually(
      () => Promise.resolve(focuses()),
      (heard) => heard.length === 40,
    );
    const told = eventsIn(hook.received).flatMap((notice) => notice.told);
    expect(told.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    expect(told.map(({ focus }) => focus)).toEqual(
      Array.from({ length: 40 }, (_, at) => `Task/${at % 2 === 0 ? first : second}`),
    );
  });

  function taskOf(id: string, description: string): Task {
    return {
      ...{ resourceType: 'Task', id, status: 'requested', intent: 'order', description },
      code: { coding: [{ system: 'https://example.org/test', code: 'turn-test' }] },
      focus: { reference: 'ServiceRequest/of-the-order-test' },
    };
  }
});

/** As if its every call had failed for five days. */
async function pause(id: string): Promise<void> {
  const stored = await storeOf('subscriptions').read('Subscription', id, ['worth-valley-practice']);
  if (!stored) throw new Error('It is not there.');
  const ending = { status: 'error' as const, error: 'Every call fails.', correlationId: 'test' };
  await world.running.app.get(EndSubscription, { strict: false }).execute(stored, ending);
}

describe('a Subscription that is paused', () => {
  it('is a Task for a person of its organisation, until it goes on', async () => {
    const { subscription } = await listen('practice', 'referral-created');
    const { id = '' } = subscription;
    await pause(id);
    const tasks = (as: As) => actors.search<Task>(as, `Task?focus=Subscription/${id}`);
    const [asked] = await eventually(
      () => tasks('practice'),
      (found) => found.length > 0,
    );
    expect(asked).toMatchObject({
      status: 'requested',
      owner: { reference: 'Organization/worth-valley-practice' },
      code: { coding: [{ code: 'mend-subscription' }] },
    });
    expect(await tasks('provider-khl')).toEqual([]);
    const paused = await actors.read<Subscription>('practice', `Subscription/${id}`);
    await actors.put('practice', { ...paused, status: 'requested' });
    const [done] = await eventually(
      () => tasks('practice'),
      ([task]) => task?.status === 'completed',
    );
    expect(done?.id).toBe(asked?.id);
  });
});
