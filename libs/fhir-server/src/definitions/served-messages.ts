import type { CapabilityStatementMessaging, FhirResource, MessageDefinition } from 'fhir/r4';
import type { Definition } from './definition.js';

/** The messages that a service takes and sends, in FHIR's words. https://hl7.org/fhir/R4/messaging.html */
export interface ServedMessages {
  /** Every MessageDefinition that is gone by, for no receiver in particular. */
  definitions: readonly MessageDefinition[];
  /** Urls of those by which messages are sent, too. */
  sent: readonly string[];
  /** Those that are for all of these contexts, each given as alternatives: `system|code` or `code`. */
  inContext: (contexts: readonly (readonly string[])[]) => Promise<readonly MessageDefinition[]>;
}

export function messageDefinitions(definitions: readonly MessageDefinition[]): Definition[] {
  return definitions.map((resource) => ({
    type: 'MessageDefinition',
    id: resource.id ?? '',
    described: resource as unknown as Record<string, unknown>,
    read: (): FhirResource => resource,
  }));
}

/** What the CapabilityStatement says of messages; nothing where none are taken. */
export function messagingOf(
  messages: ServedMessages | undefined,
  baseUrl: string,
): { messaging?: CapabilityStatementMessaging[] } {
  if (!messages) return {};
  const { definitions, sent } = messages;
  const urls = definitions.flatMap(({ url }) => url ?? []);
  const protocol = { system: 'http://terminology.hl7.org/CodeSystem/message-transport', code: 'http' };
  return {
    messaging: [
      {
        endpoint: [{ protocol, address: `${baseUrl}/$process-message` }],
        supportedMessage: [
          ...urls.map((definition) => ({ mode: 'receiver' as const, definition })),
          ...urls.filter((url) => sent.includes(url)).map((definition) => ({ mode: 'sender' as const, definition })),
        ],
      },
    ],
  };
}
