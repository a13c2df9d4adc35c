import { Consumers, type DeadLetter, type DeliveryPolicy, Relay, streamNameOf } from '#messaging';
import { eventually } from './eventually.js';
import { install, type Installation, service } from './installation.js';
import { publishDirectly } from './published.js';
import { effectsOf, type Recorder } from './recorder.js';
import { unpublishedCount, type Version, write } from './written.js';

/** Short waits: the order of what happens stays that of production. */
export const quick: Partial<DeliveryPolicy> = {
  ackWaitMs: 1_000,
  retryMs: [10, 20],
  gapMs: [10, 20, 40, 80],
  tendMs: 60_000,
};

/** A service that writes and relays, and consumers that hear it; anew for every test. */
export class Hearing {
  installation!: Installation;
  #relay!: Relay;
  readonly #running: Consumers[] = [];

  constructor() {
    beforeEach(async () => {
      this.installation = await install();
      this.#relay = new Relay({ ...this.installation, service, pollMs: 20 });
      this.#relay.start();
    });
    afterEach(async () => {
      await Promise.all(this.#running.splice(0).map((consumers) => consumers.stop()));
      await this.#relay.stop();
      await this.installation.close();
    });
  }

  async by(...handlers: Recorder[]): Promise<Consumers> {
    return this.replica(this.installation, handlers);
  }

  async replica(connections: Pick<Installation, 'database' | 'broker'>, handlers: Recorder[]): Promise<Consumers> {
    const consumers = new Consumers({ ...connections, handlers, policy: quick });
    this.#running.push(consumers);
    await consumers.start();
    return consumers;
  }

  commit(versions: readonly Version[]): Promise<string[]> {
    return write(this.installation.database.as(['*']), versions);
  }

  /** Past the outbox, to make a gap. */
  publish(id: string, version: number): Promise<void> {
    return publishDirectly(this.installation.broker, { id, version });
  }

  async published(): Promise<void> {
    await eventually(
      () => unpublishedCount(this.installation.database),
      (count) => count === 0,
    );
  }

  effects(handler: Recorder, count: number): Promise<string[]> {
    const { database } = this.installation;
    return eventually(
      () => effectsOf(database, handler.consumer),
      (seen) => seen.length >= count,
    );
  }

  parked(consumers: Consumers, count: number): Promise<DeadLetter[]> {
    return eventually(
      () => consumers.letters.list(),
      (letters) => letters.length === count,
    );
  }

  /** Everything was published, delivered and answered. */
  async settled(handler: Recorder): Promise<void> {
    await this.published();
    const { broker } = this.installation;
    await eventually(
      () => broker.management.consumers.info(streamNameOf(broker), handler.consumer),
      (info) => info.num_pending === 0 && info.num_ack_pending === 0,
    );
  }
}
