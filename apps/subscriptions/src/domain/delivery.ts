/** One notification of one subscription that is to be sent now. */
export interface Delivery {
  id: string;
  subscriptionId: string;
  eventId: string;
  correlationId: string;
  /** The resource as the event held it; null for a notification without payload. */
  payload: string | null;
  /** Ids of the Patients that it is about. */
  persons: readonly string[];
  /** This one included. */
  attempts: number;
  firstAttemptAt: Date;
}

/** `failed`: given up; `cancelled`: the subscription was turned off before. */
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'cancelled';

/** Why no answer came, in words that may stand in logs and in Subscription.error. */
export type DeliveryFailure =
  | 'timeout'
  | 'connection-refused'
  | 'connection-lost'
  | 'host-not-found'
  | 'host-not-public'
  | 'endpoint-not-allowed'
  | 'tls';

/** What the receiver answered, or why it did not. */
export type DeliveryOutcome = { status: number } | { failure: DeliveryFailure };

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
