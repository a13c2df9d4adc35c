import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, MessageHeader, ServiceRequest, Task } from 'fhir/r4';
import { dos } from './bars-world.js';
import type { Answer } from './world.js';

export interface Said {
  /** The message that is answered, where it is another than the one whose content it has. */
  to?: Bundle;
  task?: Partial<Task>;
  performer?: ServiceRequest['performer'] | 'none';
  /** The address of the service that answers. */
  source?: string;
}

/** The content of a message, sent back by the provider with a Task that says how it goes. */
export function answering(
  message: Bundle,
  { to = message, task, performer, source = '2000099999' }: Said = {},
): Bundle {
  const header: Partial<MessageHeader> = {
    eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-events-bars', code: 'servicerequest-response' },
    response: { identifier: to.id ?? '', code: 'ok' },
    definition: 'https://ginnel.org.uk/fhir/MessageDefinition/referral-response-vcse',
    source: { endpoint: `${dos}|${source}` },
  };
  const said = { resourceType: 'Task', status: 'received', intent: 'order', ...task } as Task;
  const entry = { fullUrl: `urn:uuid:${said.id ?? randomUUID()}`, resource: said };
  const answer = withChange({ ...message, id: randomUUID() }, 'MessageHeader', header);
  const named = performer === undefined ? {} : { performer: performer === 'none' ? undefined : performer };
  const request = withChange(answer, 'ServiceRequest', { status: 'completed', ...named });
  return { ...request, entry: [...(request.entry ?? []), entry] };
}

export function withRequest(bundle: Bundle, change: Partial<ServiceRequest>): Bundle {
  return withChange(bundle, 'ServiceRequest', change);
}

function withChange(bundle: Bundle, type: string, change: object): Bundle {
  const entry = (bundle.entry ?? []).map((each) =>
    each.resource?.resourceType === type ? { ...each, resource: { ...each.resource, ...change } } : each,
  );
  return { ...bundle, entry };
}

/** How the Task of an answer stands. */
export function taskIn({ body }: Answer<Bundle>): string | undefined {
  const resources = body.entry?.map(({ resource }) => resource as FhirResource) ?? [];
  return resources.find((one) => one.resourceType === 'Task')?.status;
}
