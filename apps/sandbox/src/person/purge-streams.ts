import { type Broker, streamNameOf } from '#messaging';
import { eventually } from '../eventually.js';
import type { Ref } from './mentions.js';

/** How long consumers may take to hear what they have not heard yet. */
const heardWithinMs = 60_000;

/** Every event about these resources leaves the stream; whoever has not heard it yet never will. Answers how many there were. */
export async function purgeEvents(broker: Broker, refs: readonly Ref[]): Promise<number> {
  let purged = 0;
  for (const ref of refs) {
    const answer = await broker.management.streams.purge(streamNameOf(broker), { filter: subjectOf(broker, ref) });
    purged += answer.purged;
  }
  return purged;
}

/**
 * The events about others' resources that name the person leave the stream too, as soon as every consumer has heard them: from the
 * outbox they would go out again with what is left of their content.
 */
export async function purgeHeardEvents(broker: Broker, refs: readonly Ref[]): Promise<number> {
  if (refs.length === 0) return 0;
  const stream = streamNameOf(broker);
  const { state } = await broker.management.streams.info(stream);
  await allHeard(broker, state.last_seq);
  let purged = 0;
  for (const ref of refs) {
    const upTo = { filter: subjectOf(broker, ref), seq: state.last_seq + 1 };
    purged += (await broker.management.streams.purge(stream, upTo)).purged;
  }
  return purged;
}

async function allHeard(broker: Broker, last: number): Promise<void> {
  await eventually(
    () => consumersBefore(broker, last),
    (waiting) => waiting.length === 0,
    {
      withinMs: heardWithinMs,
      late: (waiting) =>
        `The erasure waits for events that were not heard yet: ${waiting.join(', ')}. Start that service, then run the command again.`,
    },
  );
}

/** Consumers that have yet to deal with something up to this place. */
async function consumersBefore(broker: Broker, last: number): Promise<string[]> {
  const waiting: string[] = [];
  for await (const consumer of broker.management.consumers.list(streamNameOf(broker))) {
    const { ack_floor: floor, num_pending: pending, num_ack_pending: unanswered } = consumer;
    const hasAll = floor.stream_seq >= last || (pending === 0 && unanswered === 0);
    if (!hasAll) waiting.push(consumer.name);
  }
  return waiting;
}

/** Of every service and event: a message keeps its id's place in the subject. */
function subjectOf(broker: Broker, ref: Ref): string {
  const [type = '', id = ''] = ref.split('/');
  return broker.subject(`ginnel.*.${type}.*.${id.replaceAll('.', '_')}`);
}
