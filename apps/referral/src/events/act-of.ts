import type { CloudEvent } from '#events';
import type { Act } from '#fhir-store';

/** What a handler does, it does in the conversation of the event. */
export function actOf(event: CloudEvent, interaction: string): Act {
  const { correlationid: correlationId, traceparent } = event;
  return { agent: 'referral', interaction, correlationId, ...(traceparent === undefined ? {} : { traceparent }) };
}
