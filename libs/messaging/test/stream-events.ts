import type { CloudEvent } from '#events';
import { type Broker, streamNameOf } from '#messaging';

/** A message as it lies in the stream. */
export interface StreamEvent {
  subject: string;
  msgId: string;
  event: CloudEvent;
  text: string;
}

/** Everything in the stream, in its order. */
export async function streamEvents(broker: Broker): Promise<StreamEvent[]> {
  const { state } = await broker.management.streams.info(streamNameOf(broker));
  const found: StreamEvent[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await broker.management.streams.getMessage(streamNameOf(broker), { seq });
    if (!message) continue;
    const { subject, header } = message;
    found.push({
      subject,
      msgId: header.get('Nats-Msg-Id'),
      event: message.json<CloudEvent>(),
      text: message.string(),
    });
  }
  return found;
}
