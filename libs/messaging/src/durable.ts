import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type Broker, BrokerNotUsable } from './broker.js';
import type { EventHandler } from './event-handler.js';
import { ensureStream, streamNameOf } from './stream.js';

export interface DurableConsumer {
  consumer: Consumer;
  /** It was made just now; `trimmed` tells whether the stream had already lost events by age. */
  born?: { trimmed: boolean };
}

/** The handler's place in the stream, kept by the broker: made from the stream's beginning where it is missing. */
export async function durableConsumer(
  broker: Broker,
  handler: EventHandler,
  ackWaitMs: number,
): Promise<DurableConsumer> {
  const { trimmed } = await ensureStream(broker);
  const wanted = configOf(broker, handler, ackWaitMs);
  const found = await infoOf(broker, handler.consumer);
  if (found) {
    refuseOther(found.config, wanted);
    if (found.config.ack_wait !== wanted.ack_wait) await update(broker, handler.consumer, wanted);
    return { consumer: await open(broker, handler.consumer) };
  }
  await broker.management.consumers.add(streamNameOf(broker), wanted);
  return { consumer: await open(broker, handler.consumer), born: { trimmed } };
}

export async function deleteDurable(broker: Broker, name: string): Promise<void> {
  if (await infoOf(broker, name)) await broker.management.consumers.delete(streamNameOf(broker), name);
}

/** Messages that wait in the stream for this consumer. */
export async function pendingOf(broker: Broker, name: string): Promise<number> {
  const info = await infoOf(broker, name);
  return info?.num_pending ?? 0;
}

/** Is this the first message that the stream holds of its resource? */
export async function isFirstOfResource(broker: Broker, message: JsMsg): Promise<boolean> {
  const words = message.subject.split('.');
  const ofResource = [...words.slice(0, 3), '*', ...words.slice(4)].join('.');
  const query = { seq: 1, next_by_subj: ofResource };
  const first = await broker.management.direct.getMessage(streamNameOf(broker), query);
  return first === null || first.seq >= message.seq;
}

const consumerNotFound = 10014;
const streamNotFound = 10059;

function configOf(broker: Broker, { consumer, subjects }: EventHandler, ackWaitMs: number): Partial<ConsumerConfig> {
  return {
    durable_name: consumer,
    filter_subjects: subjects.map((subject) => broker.subject(subject)),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: 1_000,
    // Not bounded here: the server would drop a message at its last delivery without a word. Effects bounds and parks.
    max_deliver: -1,
  };
}

async function open(broker: Broker, name: string): Promise<Consumer> {
  return broker.jetStream.consumers.get(streamNameOf(broker), name);
}

async function update(broker: Broker, name: string, { ack_wait }: Partial<ConsumerConfig>): Promise<void> {
  await broker.management.consumers.update(streamNameOf(broker), name, ack_wait === undefined ? {} : { ack_wait });
}

async function infoOf(broker: Broker, name: string): Promise<ConsumerInfo | undefined> {
  try {
    return await broker.management.consumers.info(streamNameOf(broker), name);
  } catch (error) {
    if (error instanceof JetStreamApiError && [consumerNotFound, streamNotFound].includes(error.code)) return undefined;
    throw error;
  }
}

/** Its position covers only what it heard until now: hearing more under the same name would begin in the middle. */
function refuseOther(got: ConsumerConfig, wanted: Partial<ConsumerConfig>): void {
  const heard = got.filter_subjects ?? (got.filter_subject === undefined ? [] : [got.filter_subject]);
  if ([...heard].sort().join() === [...(wanted.filter_subjects ?? [])].sort().join()) return;
  throw new BrokerNotUsable(
    `Consumer ${wanted.durable_name ?? ''} was made for other subjects: a handler that hears something else needs a new name.`,
  );
}
