import type { Appointment, Patient, ServiceRequest } from 'fhir/r4';
import { type MessageCategory, type UseCase } from './codes.js';

export interface ServiceAddress {
  /** As normaliseIdentifierSystem writes it. */
  system: string;
  value: string;
}

export interface AddressedService {
  /** None: all. */
  acceptsUseCases: readonly UseCase[];
}

export interface KnownServiceRequest {
  status: ServiceRequest['status'];
  /** Bundle.timestamp of the last message applied to it: the sender's clock, so that it compares with the sender's clock. */
  asOf?: string;
}

export type AnswerDoubt = 'another-referral' | 'unclear-referral' | 'unclear-part';

export type MessageHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the message alone does not say. Everything is looked up before: judging does no IO (see lookupsFor). */
export interface MessageContext {
  headers: MessageHeaders;
  services: (address: ServiceAddress) => AddressedService | undefined;
  known: {
    /** Whether this is the Bundle.id of a message sent from here, or of an earlier answer to it: a final one names the interim. */
    messages: (bundleId: string) => boolean;
    serviceRequest: (id: string) => KnownServiceRequest | undefined;
    /** Whether a Slot of the addressed service has a place left. */
    slot: (id: string) => 'free' | 'full' | undefined;
    appointment: (id: string) => { status: Appointment['status'] } | undefined;
    /** The person of the referral that the message speaks of. */
    person?: Patient;
    /** Why an answer does not say which referral it is about, or says two. */
    doubt?: AnswerDoubt;
    /** What the ServiceRequest is, here, that the message changes or answers. */
    asked?: { category: MessageCategory; useCase?: UseCase };
  };
  configuration?: MessageConfiguration;
}

export interface MessageConfiguration {
  /**
   * Whether a number that fails modulus 11 is refused where its sender calls it verified. Most of the NHS's own
   * examples carry such a number, therefore the default is to warn.
   */
  nhsNumberCheck?: 'warn' | 'error';
}

/** Header names are compared without case: the standard itself writes -ID and -Id. */
export function headerOf(headers: MessageHeaders, name: string): string | undefined {
  const found = Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase());
  const value = found === undefined ? undefined : headers[found];
  const text = typeof value === 'object' ? value.join(', ') : value;
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
