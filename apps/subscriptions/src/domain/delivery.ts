import type { ResourceId } from '#fhir';

/** One call to a subscriber that is to be made now. */
export interface Delivery {
  id: string;
  subscriptionId: string;
  kind: DeliveryKind;
  /** Of an event: the same at every try and every replay. */
  eventId: string;
  /** 1, 2, 3 … per Subscription; null of what is no event. */
  number: number | null;
  /** How many events the Subscription had so far. */
  events: number;
  /** When the event was committed. */
  eventAt: Date | null;
  correlationId: string;
  /** The version that the event is about; null of what is no event, of one that was queued before this was kept, and where it was erased. */
  focus: (ResourceId & { version: number; deleted: boolean }) | null;
  /** The resource as the event held it; null for a notification without payload, and for one that is replayed. */
  payload: string | null;
  /** Ids of the Patients that it is about. */
  persons: readonly string[];
  /** How often it was claimed since it began, this time included. */
  attempts: number;
  /** Of them, those that failed: where a process died in a call nobody knows. */
  tries: number;
  createdAt: Date;
}

/** https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html */
export type DeliveryKind = 'event' | 'handshake' | 'heartbeat';

/** `failed`: given up; `cancelled`: it was not to be told any more. */
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'cancelled';

/** Why no answer came, in words that may stand in logs and in Subscription.error. */
export type DeliveryFailure =
  | 'timeout'
  | 'connection-refused'
  | 'connection-lost'
  | 'host-not-found'
  | 'host-not-public'
  | 'endpoint-not-allowed'
  | 'proxy-refused'
  | 'secret-unusable'
  | 'tls';

/** What a receiver said beside its status, where that is read. */
export interface WebhookAnswer {
  /** Names in small letters. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
  /** False where it was cut off for its length or time. */
  complete: boolean;
}

/** What the receiver answered, or why it did not. */
export type DeliveryOutcome =
  { status: number; retryAfterMs?: number; answer?: WebhookAnswer } | { failure: DeliveryFailure };

export type Verdict = 'delivered' | 'gone' | 'refused';

export function verdictOf(outcome: DeliveryOutcome): Verdict {
  if (!('status' in outcome)) return 'refused';
  if (outcome.status === 410) return 'gone';
  return outcome.status >= 200 && outcome.status < 300 ? 'delivered' : 'refused';
}

/** For Subscription.error and logs: codes only. */
export function outcomeText(outcome: DeliveryOutcome): string {
  return 'status' in outcome ? `HTTP status ${String(outcome.status)}` : outcome.failure;
}
