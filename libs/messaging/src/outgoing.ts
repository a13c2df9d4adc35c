import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { type CloudEvent, subjectOf } from '#events';
import type { Unpublished } from './outbox.js';

/** Header of a republished event that no earlier event of its resource precedes: the outbox holds none any more. */
export const startsHeader = 'Ginnel-Starts';

export interface OutgoingMessage {
  subject: string;
  payload: string;
  headers: MsgHdrs;
}

/** A committed row as CloudEvents 1.0, structured JSON. The content is put in as it was committed, byte for byte. */
export function messageOf(row: Unpublished, service: string): OutgoingMessage {
  const attributes = JSON.stringify(attributesOf(row, service));
  const payload = row.content === null ? attributes : `${attributes.slice(0, -1)},"data":${row.content}}`;
  const sent = headers();
  sent.set('Content-Type', 'application/cloudevents+json');
  if (row.traceparent !== null) sent.set('traceparent', row.traceparent);
  if (row.starts === true) sent.set(startsHeader, 'true');
  const { type, resource_type: resourceType, resource_id: id } = row;
  return { subject: subjectOf({ service, resourceType, type, id }), payload, headers: sent };
}

function attributesOf(row: Unpublished, service: string): CloudEvent {
  return {
    specversion: '1.0',
    id: row.event_id,
    source: `/ginnel/${service}`,
    type: row.type,
    subject: `${row.resource_type}/${row.resource_id}/_history/${String(row.version)}`,
    time: row.occurred_at.toISOString(),
    datacontenttype: 'application/fhir+json',
    sequence: row.version,
    audience: row.audience.join(','),
    correlationid: row.correlation_id,
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
    ...(row.agent === null ? {} : { agent: row.agent }),
    ...(row.organisation === null ? {} : { organisation: row.organisation }),
  };
}
