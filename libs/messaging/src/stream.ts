import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type Broker, BrokerNotUsable, type StreamLimits } from './broker.js';

/** One life of the stream: a stream that was lost and made again has another `created`. */
export interface StreamLife {
  created: string;
  /** True when events that it once held are gone by age. */
  trimmed: boolean;
}

export function streamNameOf(broker: Broker): string {
  return broker.namespace.toUpperCase();
}

/** Makes the stream of all facts, or brings it to the broker's limits; safe when several services start together. */
export async function ensureStream(broker: Broker): Promise<StreamLife> {
  const wanted = configOf(broker, broker.limits);
  const found = await infoOf(broker);
  if (found) refuseOther(found.config, { name: wanted.name, storage: wanted.storage, retention: wanted.retention });
  const info = found ? await brought(broker, found, wanted) : await broker.management.streams.add(wanted);
  refuseOther(info.config, wanted);
  return lifeOf(info);
}

const streamNotFound = 10059;
const day = 24 * 60 * 60 * 1000;

type Wanted = Pick<StreamConfig, 'name' | 'storage' | 'retention'> & Partial<StreamConfig>;

function configOf(broker: Broker, { maxAgeDays = 30, maxBytes = -1, replicas = 1 }: StreamLimits): Wanted {
  return {
    name: streamNameOf(broker),
    // Four words after the namespace: questions (`ginnel-ask.…`) stay outside.
    subjects: [`${broker.namespace}.*.*.*.*`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_age: nanos(maxAgeDays * day),
    max_bytes: maxBytes,
    num_replicas: replicas,
    duplicate_window: nanos(2 * 60 * 1000),
    allow_direct: true,
  };
}

async function infoOf(broker: Broker): Promise<StreamInfo | undefined> {
  try {
    return await broker.management.streams.info(streamNameOf(broker));
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) return undefined;
    throw error;
  }
}

async function brought(broker: Broker, found: StreamInfo, wanted: Wanted): Promise<StreamInfo> {
  if (differences(found.config, wanted).length === 0) return found;
  return broker.management.streams.update(wanted.name, { ...found.config, ...wanted });
}

/** A server drops what it does not know without a word: what comes back is what counts. */
function refuseOther(got: StreamConfig, wanted: Wanted): void {
  const differing = differences(got, wanted);
  if (differing.length === 0) return;
  throw new BrokerNotUsable(
    `Stream ${wanted.name} cannot be used: its ${differing.join(', ')} differ from what Ginnel needs, and NATS does not change them.`,
  );
}

function differences(got: StreamConfig, wanted: Wanted): string[] {
  const names = Object.keys(wanted) as (keyof StreamConfig)[];
  return names.filter((name) => JSON.stringify(got[name]) !== JSON.stringify(wanted[name]));
}

function lifeOf({ created, state }: StreamInfo): StreamLife {
  return { created, trimmed: state.first_seq > 1 };
}
