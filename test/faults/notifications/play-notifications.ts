import { randomUUID } from 'node:crypto';
import type { Bundle, Parameters, Subscription } from 'fhir/r4';
import { FhirStore } from '#fhir-store';
import { Database } from '#postgres';
import { heldTypes, migrateServices, schemaOf, serviceUrl } from '#service';
import { eventually } from '../../eventually.js';
import { activityDirectoryService } from '../../../apps/activity-directory/src/activity-directory.module.js';
import { tokenOf } from '../../../apps/sandbox/src/sandbox-clients.js';
import { definitions } from '../../../apps/sandbox/src/sandbox.module.js';
import { topicSubscription } from '../../subscription-notices.js';
import { Child } from '../child.js';
import { between, randomOf } from '../random.js';
import type { ServersOfServices } from '../transactions/services.js';
import { faultsIn, nameOf } from './check-notices.js';
import { FlakyReceiver } from './flaky-receiver.js';

const subscriptions = 10;
const versionsEach = 10;
/** One process is killed each time that so many notifications came, and at least twice. */
const killEvery = 5_000;
const second = 1_000;
/** Longer than the first waits; then as long as the last ones. */
const firstStep = 360 * second;
const longestStep = 27 * 3_600 * second;

/**
 * A receiver that fails three calls in ten, and two processes of which one is killed again and again, with a clock that is put
 * forward when nothing is due. Every notification must come, in order for each resource and without a gap in its numbers; one
 * that was given up after ten tries must come when it is asked for. Answers how many faults there were.
 */
export async function playNotifications(
  { count, seed }: { count: number; seed: number },
  servers: ServersOfServices,
  print: (line: string) => void,
): Promise<number> {
  const expected = Math.ceil(count / subscriptions);
  await migrateServices(servers.adminUrl, definitions);
  const play = new Play(servers, seed, print);
  const begun = Date.now();
  try {
    const ids = await play.begin();
    const told = play.tell(expected);
    await play.untilSettled(ids, expected);
    await told;
    const late = await play.askAgain(ids, expected);
    const faults = faultsIn(play.receiver.came, { subscriptions, expected, late });
    faults.slice(0, 20).forEach((fault) => {
      print(`BROKEN ${fault} (seed ${String(seed)})`);
    });
    const seconds = String(Math.round((Date.now() - begun) / second));
    print(
      `${String(subscriptions * expected)} notifications in ${String(play.receiver.calls)} calls, ${String(play.kills)} ` +
        `processes killed, ${String(late.size)} given up and asked for again, ${seconds} s`,
    );
    return faults.length;
  } finally {
    await play.end();
  }
}

class Play {
  readonly receiver: FlakyReceiver;
  kills = 0;
  readonly #random: () => number;
  readonly #secret = randomUUID();
  readonly #namespace = `notices-${this.#secret.slice(0, 8)}`;
  readonly #database: Database;
  #pair: { child: Child; url: string }[] = [];
  #ahead = 0;

  constructor(
    private readonly servers: ServersOfServices,
    seed: number,
    private readonly print: (line: string) => void,
  ) {
    this.#random = randomOf(seed);
    this.receiver = new FlakyReceiver(randomOf(seed + 1));
    this.#database = new Database({
      url: serviceUrl(servers.adminUrl, 'activity-directory'),
      schema: schemaOf('activity-directory'),
      applicationName: 'ginnel-notifications',
      maxConnections: 2,
    });
  }

  /** Ids of the Subscriptions, once each endpoint has answered its handshake. */
  async begin(): Promise<string[]> {
    const addressOf = await this.receiver.start();
    this.#pair = [await this.#start(), await this.#start()];
    const ids: string[] = [];
    for (let at = 0; at < subscriptions; at += 1) {
      const body = topicSubscription('capacity-changed', addressOf(at));
      const made = (await this.#ask('POST', '/Subscription', body)) as Subscription;
      ids.push(made.id ?? '');
    }
    await eventually(
      () => this.#inState('requested'),
      (count) => count === 0,
      60_000,
    );
    return ids;
  }

  /** Commits as many events as each Subscription is to hear, some resources at a time, their versions one after the other. */
  async tell(expected: number): Promise<void> {
    const store = new FhirStore(this.#database, {
      types: heldTypes(activityDirectoryService),
      cursorSecret: '',
      now: () => new Date(Date.now() + this.#ahead),
    });
    const act = { agent: 'test', interaction: 'test', correlationId: 'test' };
    const event = 'capacity-changed.v1';
    const audience = ['public'];
    const atOnce = 50;
    for (let done = 0; done < expected;) {
      const ids = Array.from({ length: atOnce }, () => randomUUID());
      for (let version = 0; version < versionsEach && done < expected; version += 1) {
        const some = ids.slice(0, expected - done);
        const resources = some.map((id) => ({
          resourceType: 'HealthcareService' as const,
          id,
          active: true,
          providedBy: { reference: 'Organization/keighley-healthy-living' },
          comment: String(version),
        }));
        const writes = resources.map((resource) =>
          version === 0
            ? { interaction: 'create' as const, resource, audience, event }
            : { interaction: 'update' as const, resource, audience, version, event },
        );
        await store.commit(writes, act);
        done += some.length;
      }
    }
  }

  /** Kills, and puts the clock forward where nothing is due, until nothing is pending. */
  async untilSettled(ids: readonly string[], expected: number): Promise<void> {
    const every = Math.min(killEvery, Math.ceil((ids.length * expected) / 3));
    let [calls, step, killAt] = [0, firstStep, every];
    for (;;) {
      await pause(600);
      if (this.receiver.came.length >= killAt) {
        await this.#killOne();
        killAt = this.receiver.came.length + every;
      }
      const isIdle = this.receiver.calls === calls;
      calls = this.receiver.calls;
      step = isIdle ? Math.min(step * 6, longestStep) : firstStep;
      if (!isIdle) continue;
      const counts = await this.#counts();
      if (counts.every(({ pending, events }) => pending === 0 && events === expected)) return;
      this.#putForward(step);
    }
  }

  /** Names of those that were given up, once they have been asked for again and again. */
  async askAgain(ids: readonly string[], expected: number): Promise<Set<string>> {
    const late = new Set<string>();
    for (const [subscription, id] of ids.entries()) {
      for (let failed = await this.#failed(subscription, expected); failed.length > 0;) {
        failed.forEach((number) => late.add(nameOf({ subscription, number })));
        for (const number of failed) {
          const range = `eventsSinceNumber=${String(number)}&eventsUntilNumber=${String(number)}`;
          await this.#ask('POST', `/Subscription/${id}/$replay?${range}`);
        }
        await this.untilSettled(ids, expected);
        failed = await this.#failed(subscription, expected);
      }
    }
    return late;
  }

  async end(): Promise<void> {
    await Promise.all(this.#pair.map(({ child }) => child.kill()));
    this.receiver.stop();
    await this.#database.close();
  }

  /** Numbers that were never taken. */
  #failed(subscription: number, expected: number): Promise<number[]> {
    const taken = new Set(
      this.receiver.came.filter((one) => one.isTaken && one.subscription === subscription).map(({ number }) => number),
    );
    return Promise.resolve(Array.from({ length: expected }, (_, at) => at + 1).filter((number) => !taken.has(number)));
  }

  async #start(): Promise<{ child: Child; url: string }> {
    const options = { ...this.servers, namespace: this.#namespace, secret: this.#secret, ahead: this.#ahead };
    const child = new Child('notifications/notifying-process', options);
    const [, url = ''] = (await child.line('listening')).split(' ');
    return { child, url };
  }

  async #killOne(): Promise<void> {
    const victim = between(this.#random, 0, this.#pair.length - 1);
    await this.#pair[victim]?.child.kill();
    this.kills += 1;
    this.#pair = [...this.#pair.filter((_one, at) => at !== victim), await this.#start()];
    this.print(`killed after ${String(this.receiver.came.length)} calls`);
  }

  #putForward(ms: number): void {
    this.#ahead += ms;
    for (const { child } of this.#pair) child.tell(String(this.#ahead));
  }

  async #inState(status: string): Promise<number> {
    const { total = 0 } = (await this.#ask('GET', `/Subscription/$status?status=${status}`)) as Bundle;
    return total;
  }

  async #counts(): Promise<{ pending: number; events: number }[]> {
    const { entry = [] } = (await this.#ask('GET', '/Subscription/$status')) as Bundle<Parameters>;
    return entry.map(({ resource }) => {
      const one = (wanted: string) => resource?.parameter?.find(({ name }) => name === wanted);
      return {
        pending: one('pending')?.valueUnsignedInt ?? 0,
        events: Number(one('events-since-subscription-start')?.valueString),
      };
    });
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.#pair[0]?.url ?? ''}/fhir${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokenOf(this.#secret, 'practice')}`,
        prefer: 'return=representation',
        ...(body ? { 'content-type': 'application/fhir+json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path} was answered with ${String(answer.status)}.`);
    return answer.json();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
