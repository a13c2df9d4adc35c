import { randomUUID } from 'node:crypto';
import { StorageType } from '@nats-io/jetstream';
import { publicAudience } from '#fhir';
import { FhirStore } from '#fhir-store';
import { Broker, Relay } from '#messaging';
import { Database } from '#postgres';
import { heldTypes, schemaOf, serviceUrl } from '#service';
import { activityDirectoryService } from '../../../apps/activity-directory/src/activity-directory.module.js';
import type { BenchProcess } from '../children/child-process.js';
import type { EffectConsumerOptions } from '../children/effect-consumer.js';
import type { Comparison, Sample, Side } from '../comparison.js';
import { bareSubjects, nowMs } from '../effects.js';
import type { Installation } from '../installation.js';
import { sampleOrganization } from '../resources.js';
import { quantile } from '../statistics.js';

/** Sends one event that will have an effect under this id; resolves when it is durable. */
type Send = (id: string) => Promise<unknown>;

const perSecond = 50;

/** From a commit in one service to the committed effect in another, beside bare messages between the same two processes. */
export async function effectComparisons(
  installation: Installation,
): Promise<{ comparisons: Comparison[]; close: () => Promise<void> }> {
  const sender = await Sender.start(installation);
  const { databaseUrl, natsUrl, natsMonitorUrl } = installation.infrastructure;
  const options: EffectConsumerOptions = { databaseUrl, natsUrl, natsMonitorUrl };
  const consumer = await installation.startProcess('effect-consumer.js', options);
  const { connections: senders, quick } = installation.settings;
  const perBurst = quick ? 100 : 500;
  const ways: readonly [Way, ...Way[]] = [
    { name: 'commit, relay, JetStream, followed copy', send: sender.commit, from: 'durable' },
    { name: 'JetStream, then one row inserted', send: sender.publish(bareSubjects.inserted), from: 'sent' },
    { name: 'JetStream alone', send: sender.publish(bareSubjects.heard), from: 'sent' },
  ];
  const about = { bytes: JSON.stringify(sampleOrganization('bench')).length, syncAlways: true };
  const comparisons: Comparison[] = [
    {
      name: 'commit to effect',
      by: 'p50',
      sides: sidesOf(ways, (way, seconds) => steadily(way, consumer, seconds)),
      goals: [
        { of: 'p50', atMost: 10 },
        { of: 'p99', atMost: 50 },
      ],
      about: { ...about, perSecond },
    },
    {
      name: 'burst of effects',
      by: 'rate',
      sides: sidesOf(ways, (way) => burst(way, consumer, { perBurst, senders })),
      goals: [],
      about: { ...about, perBurst, sendersAtOnce: senders },
    },
  ];
  return { comparisons, close: () => consumer.stop().then(() => sender.stop()) };
}

interface Way {
  name: string;
  send: Send;
  /** A commit's latency counts from its return, a bare message's from its sending: it is not durable before. */
  from: 'durable' | 'sent';
}

function sidesOf(
  ways: readonly [Way, ...Way[]],
  run: (way: Way, seconds: number) => Promise<Sample>,
): [Side, ...Side[]] {
  const sideOf = (way: Way): Side => ({ name: way.name, run: (seconds) => run(way, seconds) });
  const [ours, ...baselines] = ways;
  return [sideOf(ours), ...baselines.map(sideOf)];
}

/** At a rate that leaves everything time; what is measured is how long one event takes. */
async function steadily(way: Way, consumer: BenchProcess, seconds: number): Promise<Sample> {
  const count = Math.max(20, Math.round(perSecond * seconds));
  const begun = nowMs();
  const sends: Promise<[string, number]>[] = [];
  const effects = effectsOf(consumer, count);
  for (let at = 0; at < count; at += 1) {
    await until(begun + (at * 1000) / perSecond);
    sends.push(timed(way));
  }
  return sampleOf(await Promise.all(sends), await effects);
}

/** As many as go, over so many senders at once. */
async function burst(
  way: Way,
  consumer: BenchProcess,
  { perBurst, senders }: { perBurst: number; senders: number },
): Promise<Sample> {
  const effects = effectsOf(consumer, perBurst);
  const sent: [string, number][] = [];
  let left = perBurst;
  const begun = nowMs();
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      sent.push(await timed(way));
    }
  };
  await Promise.all(Array.from({ length: senders }, work));
  return sampleOf([[`begin`, begun], ...sent], await effects);
}

async function timed({ send, from }: Way): Promise<[string, number]> {
  const id = randomUUID();
  const begun = nowMs();
  await send(id);
  return [id, from === 'sent' ? begun : nowMs()];
}

async function effectsOf(consumer: BenchProcess, expect: number): Promise<Map<string, number>> {
  return new Map((await consumer.ask({ expect })) as [string, number][]);
}

function sampleOf(sent: readonly (readonly [string, number])[], effects: ReadonlyMap<string, number>): Sample {
  const times = sent.filter(([id]) => id !== 'begin').map(([id, at]) => (effects.get(id) ?? NaN) - at);
  if (times.some(Number.isNaN)) throw new Error('An event that was sent had no effect.');
  const first = Math.min(...sent.map(([, at]) => at));
  const seconds = (Math.max(...effects.values()) - first) / 1000;
  return { rate: effects.size / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

async function until(time: number): Promise<void> {
  const wait = time - nowMs();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

/** The first service: its store and its relay, in the process of the bench. */
class Sender {
  private constructor(
    private readonly database: Database,
    private readonly broker: Broker,
    private readonly relay: Relay,
    private readonly store: FhirStore,
  ) {}

  static async start({ admin, infrastructure }: Installation): Promise<Sender> {
    const { databaseUrl, natsUrl, natsMonitorUrl } = infrastructure;
    const service = activityDirectoryService.name;
    await admin.query('CREATE SCHEMA bench');
    await admin.query('CREATE TABLE bench.effect (id text PRIMARY KEY, content text NOT NULL)');
    await admin.query('GRANT USAGE ON SCHEMA bench TO PUBLIC');
    await admin.query('GRANT INSERT ON bench.effect TO PUBLIC');
    const broker = await Broker.connect({ url: natsUrl, name: 'bench-sender', monitorUrl: natsMonitorUrl });
    const { stream: name, all } = bareSubjects;
    await broker.management.streams.add({ name, subjects: [all], storage: StorageType.File });
    const url = serviceUrl(databaseUrl, service);
    const database = new Database({ url, schema: schemaOf(service), applicationName: 'ginnel-bench' });
    const relay = new Relay({ database, broker, service });
    const store = new FhirStore(database, {
      types: heldTypes(activityDirectoryService),
      cursorSecret: '',
      now: () => new Date(),
      onCommitted: () => {
        relay.wake();
      },
    });
    relay.start();
    return new Sender(database, broker, relay, store);
  }

  readonly commit: Send = (id) => {
    const act = { agent: 'bench', interaction: 'create', correlationId: id };
    const resource = sampleOrganization(id);
    return this.store.commit([{ interaction: 'create', resource, audience: publicAudience }], act);
  };

  publish(subject: string): Send {
    return (id) => {
      const payload = JSON.stringify(sampleOrganization(id));
      return this.broker.jetStream.publish(`${subject}.${id}`, payload, { msgID: id });
    };
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    await this.broker.close();
    await this.database.close();
  }
}
