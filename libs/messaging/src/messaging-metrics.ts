/** Outcome of one delivery to a consumer. */
export type Outcome = 'applied' | 'passed' | 'known' | 'stale' | 'gap' | 'retried' | 'parked';

/** What messaging counts; labels are names and codes, never ids. */
export interface MessagingMetrics {
  published(count: number): void;
  publishFailed(count: number): void;
  handled(consumer: string, outcome: Outcome): void;
  parked(consumer: string, reason: string): void;
  /** Messages that the stream holds for this consumer and that were not delivered yet. */
  lag(consumer: string, pending: number): void;
}

export const noMetrics: MessagingMetrics = {
  published: () => undefined,
  publishFailed: () => undefined,
  handled: () => undefined,
  parked: () => undefined,
  lag: () => undefined,
};
