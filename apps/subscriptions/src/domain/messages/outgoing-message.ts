import type { Communication } from 'fhir/r4';
import { idIn, normaliseIdentifierSystem } from '#fhir';

const base = 'https://ginnel.org.uk/fhir';

/** A message that another service composed, as this one sends it. */
export interface OutgoingMessage {
  /** The Communication by which it is followed. */
  communicationId: string;
  /** Task of the referral: of one referral one message goes after the other. */
  referral: string;
  /** From 1, without a gap. */
  number: number;
  /** The kept Bundle; null where nothing may be sent. */
  bundleId: string | null;
  /** Bundle.id and X-Request-Id: the same at every try. */
  messageId: string;
  requestId: string;
  correlationId: string;
  /** Organization that it is for: only an Endpoint of its own is sent to. */
  requester: string;
  /** `system|value`, the system in its published spelling. */
  address: string;
  /** Ids of the Patients that it is about. */
  persons: string[];
}

/** Undefined for a Communication that follows no message. */
export function outgoingMessageOf(communication: Communication): OutgoingMessage | undefined {
  const { id, identifier, partOf, recipient, payload, subject } = communication;
  const of = (name: string) => identifier?.find(({ system }) => system === `${base}/Id/${name}`)?.value;
  const extension = (name: string) =>
    communication.extension?.find(({ url }) => url === `${base}/StructureDefinition/${name}`);
  const patient = idIn(subject, 'Patient');
  const message = {
    communicationId: id,
    referral: idIn(partOf?.[0], 'Task'),
    number: extension('message-number')?.valuePositiveInt,
    bundleId: idIn(payload?.[0]?.contentReference, 'Bundle') ?? null,
    messageId: of('message'),
    requestId: of('request'),
    correlationId: of('correlation'),
    requester: idIn(recipient?.[0], 'Organization'),
    address: normalised(extension('return-address')?.valueString),
    persons: patient === undefined ? [] : [patient],
  };
  return isWhole(message) ? message : undefined;
}

/** `system|value` with the system as it is published; anything else as it was written. */
export function normalised(address: string | undefined): string | undefined {
  const found = /^(https?:\/\/[^|\s]+)\|([^|\s]+)$/.exec(address ?? '');
  return found ? `${normaliseIdentifierSystem(found[1] ?? '')}|${found[2] ?? ''}` : address;
}

function isWhole<T extends object>(message: T): message is { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.values(message).every((value) => value !== undefined);
}
