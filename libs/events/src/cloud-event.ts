/**
 * CloudEvents 1.0, structured JSON, as Ginnel publishes them.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface CloudEvent<T = unknown> {
  specversion: '1.0';
  /** Unique; also the `Nats-Msg-Id`. */
  id: string;
  /** `/ginnel/<service>` */
  source: string;
  /** Past tense and version: `referral-accepted.v1`. */
  type: string;
  /** The versioned reference of the resource: `Task/1/_history/2`. */
  subject: string;
  /** RFC 3339, when it was committed. */
  time: string;
  datacontenttype: 'application/fhir+json';
  /** The resource as committed; absent above 512 KB, for Binary and for a deletion. */
  data?: T;
  /** 1, 2, 3 … per resource: the version that this event announces. */
  sequence: number;
  /** Comma-separated organisations that may read the resource. */
  audience: string;
  correlationid: string;
  traceparent?: string;
  /** The agent whose request caused it: client id or service name. */
  agent?: string;
  /** The organisation that this agent acted for. */
  organisation?: string;
}

/** Subject of an event on the broker: `ginnel.<service>.<ResourceType>.<event>.<id>`, dots of an id written `_`. */
export function subjectOf(event: { service: string; resourceType: string; type: string; id: string }): string {
  const name = event.type.replace(/\.v\d+$/, '');
  return `ginnel.${event.service}.${event.resourceType}.${name}.${event.id.replaceAll('.', '_')}`;
}

/** The subjects of every event about one resource type: what a follower hears. */
export function subjectsOfType(service: string, resourceType: string): string {
  return `ginnel.${service}.${resourceType}.>`;
}

/** The event type of a plain write: `task-created.v1`, `healthcare-service-updated.v1`. */
export function plainEventType(resourceType: string, interaction: 'create' | 'update' | 'delete'): string {
  return `${kebabOf(resourceType)}-${interaction}d.v1`;
}

/** Of a version that says nothing new but who may read it: `document-reference-shared.v1`. */
export function sharedEventType(resourceType: string): string {
  return `${kebabOf(resourceType)}-shared.v1`;
}

function kebabOf(resourceType: string): string {
  return resourceType.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
}

/** `Task/1/_history/2` → its parts. */
export function subjectResource(subject: string): { type: string; id: string; version: number } {
  const [type = '', id = '', , version = '0'] = subject.split('/');
  return { type, id, version: Number(version) };
}
