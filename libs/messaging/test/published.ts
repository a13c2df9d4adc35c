import { randomUUID } from 'node:crypto';
import { subjectOf } from '#events';
import type { Broker } from '#messaging';
import { service } from './installation.js';

/** An event that never was in an outbox: the version of a Task, without its content. */
export async function publishDirectly(broker: Broker, { id, version }: { id: string; version: number }): Promise<void> {
  const event = {
    specversion: '1.0',
    id: randomUUID(),
    source: `/ginnel/${service}`,
    type: 'task-updated.v1',
    subject: `Task/${id}/_history/${String(version)}`,
    time: new Date().toISOString(),
    datacontenttype: 'application/fhir+json',
    sequence: version,
    audience: 'keighley',
    correlationid: 'correlation-1',
  };
  const subject = broker.subject(subjectOf({ service, resourceType: 'Task', type: event.type, id }));
  await broker.jetStream.publish(subject, JSON.stringify(event), { msgID: event.id });
}
