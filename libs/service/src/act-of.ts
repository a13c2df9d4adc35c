import type { CloudEvent } from '#events';
import type { ServiceName } from '#fhir';
import type { Act } from '#fhir-store';

/** What a handler does, it does in the conversation of the event that it heard. */
export function actOf(event: CloudEvent, { service, handler }: { service: ServiceName; handler: string }): Act {
  const { correlationid: correlationId, traceparent } = event;
  return { agent: service, interaction: handler, correlationId, ...(traceparent === undefined ? {} : { traceparent }) };
}
