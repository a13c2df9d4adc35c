import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { z } from 'zod';
import type { ServiceName } from '#fhir';
import type { Head } from '#fhir-store';
import type { Broker } from '#messaging';

/** A head as it is published: no id of anything, so that it may be kept anywhere. */
export interface PublishedHead extends Head {
  service: string;
}

const published = z.object({
  service: z.string(),
  entries: z.int().nonnegative(),
  head: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.coerce.date().optional(),
});

/** Of each service; a later head stands for all before it. */
const mostHeads = 100_000;
const streamNotFound = 10059;

/**
 * Makes the stream of heads where it is missing; safe when several services start together. Nothing in it can be deleted or
 * purged, only the stream as a whole.
 */
export async function ensureHeadStream(broker: Broker): Promise<void> {
  await broker.management.streams.add({
    name: streamOf(broker),
    subjects: [`${broker.namespace}-audit.*`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_msgs_per_subject: mostHeads,
    num_replicas: broker.limits.replicas ?? 1,
    deny_delete: true,
    deny_purge: true,
  });
}

/** Resolves when it is on the broker's disk. */
export async function publishHead(broker: Broker, service: ServiceName, { entries, head }: Head): Promise<void> {
  const told: PublishedHead = { service, entries, head };
  await broker.jetStream.publish(subjectOf(broker, service), JSON.stringify(told), {
    msgID: `${service} ${String(entries)} ${head}`,
    expect: { streamName: streamOf(broker) },
    timeout: 2_000,
  });
}

/** The head that was published last; undefined where none was. */
export async function lastPublishedHead(broker: Broker, service: ServiceName): Promise<Head | undefined> {
  const message = await broker.management.streams.getMessage(streamOf(broker), {
    last_by_subj: subjectOf(broker, service),
  });
  return message ? published.parse(message.json()) : undefined;
}

/** All heads of a service that the stream still has, oldest first. */
export async function publishedHeads(broker: Broker, service: ServiceName): Promise<PublishedHead[]> {
  const heads: PublishedHead[] = [];
  try {
    const consumer = await broker.jetStream.consumers.get(streamOf(broker), {
      filter_subjects: [subjectOf(broker, service)],
    });
    let { num_pending: left } = await consumer.info();
    while (left > 0) {
      for await (const message of await consumer.fetch({ max_messages: Math.min(left, 500), expires: 5_000 })) {
        heads.push({ ...published.parse(message.json()), at: message.time });
        left = message.info.pending;
      }
    }
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) return [];
    throw error;
  }
  return heads;
}

/** Heads that somebody kept: one JSON object a line. */
export function headsIn(text: string): PublishedHead[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, at) => {
      try {
        return published.parse(JSON.parse(line));
      } catch (cause) {
        throw new Error(`Line ${String(at + 1)} of the heads is none that Ginnel wrote.`, { cause });
      }
    });
}

function streamOf(broker: Broker): string {
  return `${broker.namespace.toUpperCase()}-AUDIT`;
}

function subjectOf(broker: Broker, service: ServiceName): string {
  return `${broker.namespace}-audit.${service}`;
}
