import type { CloudEvent } from '#events';
import type { Session } from '#postgres';
import { park } from './dead-letter.js';
import { lockPosition } from './inbox.js';
import { canNeverSucceed, detailOf } from './unprocessable.js';

/** Work that a clock did in vain, as the event by which its handler does it when an operator says so. */
export interface Undone {
  /** Of a handler of this service that hears no subject. */
  consumer: string;
  service: string;
  /** `summary-due.v1` */
  type: string;
  /** What it is about: of one resource they are done in their order. */
  about: { type: string; id: string };
  data: object;
  id: string;
  at: Date;
  correlationId: string;
  tries: number;
}

/** Lays it among the dead letters. */
export async function putAside(undone: Undone, error: unknown, tx: Session): Promise<void> {
  const { consumer, about, tries } = undone;
  const resource = `${about.type}/${about.id}`;
  const position = await lockPosition(tx, { consumer, resource });
  const [last] = await tx.query<{ sequence: number | null }>({
    text: 'SELECT max(sequence) AS sequence FROM dead_letter WHERE consumer = $1 AND resource = $2',
    values: [consumer, resource],
  });
  const event = eventOf(undone, Math.max(position, last?.sequence ?? 0) + 1);
  const subject = `${undone.service}.${undone.type}`;
  const incoming = { event, text: JSON.stringify(event), subject, resource, deliveries: tries, starts: false };
  const reason = canNeverSucceed(error) ? 'unprocessable' : 'failed';
  await park(tx, incoming, { consumer, reason, detail: detailOf(error) });
}

function eventOf({ id, service, type, about, at, correlationId, data }: Undone, sequence: number): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: `/ginnel/${service}`,
    type,
    subject: `${about.type}/${about.id}/_history/${String(sequence)}`,
    time: at.toISOString(),
    datacontenttype: 'application/fhir+json',
    data,
    sequence,
    audience: '',
    correlationid: correlationId,
  };
}
