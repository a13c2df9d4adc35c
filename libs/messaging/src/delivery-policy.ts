/** How deliveries are tried; the defaults suit production. */
export interface DeliveryPolicy {
  /** Effects of one consumer at once. */
  concurrency: number;
  /** A delivery of a process that died comes again after this time. */
  ackWaitMs: number;
  /** Waits between tries of a handler that failed; when the try after the last one fails too, the event is parked. */
  retryMs: readonly number[];
  /** Waits of an event that came before its turn; after the last it is parked, and goes on when its turn comes. */
  gapMs: readonly number[];
  /** How often waiting letters are looked through and the lag is measured. */
  tendMs: number;
}

export const defaultPolicy: DeliveryPolicy = {
  concurrency: 4,
  ackWaitMs: 10_000,
  retryMs: [1_000, 5_000, 30_000, 120_000, 600_000],
  gapMs: [20, 50, 100, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000],
  tendMs: 30_000,
};
