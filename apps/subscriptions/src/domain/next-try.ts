const second = 1_000;
const hour = 3_600 * second;

/** How long a notification is tried. */
export const retryPolicy = { firstWaitMs: second, longestWaitMs: hour, giveUpAfterMs: 24 * hour };

export interface Tries {
  /** Made so far, the one that failed just now included. */
  attempts: number;
  firstAttemptAt: Date;
}

/**
 * When to try again, or undefined when it was tried long enough: each wait is twice the one before, half of it by chance, so
 * that a receiver which comes back is not met by everybody at once.
 */
export function nextTry({ attempts, firstAttemptAt }: Tries, now: Date, chance: number): Date | undefined {
  const { firstWaitMs, longestWaitMs, giveUpAfterMs } = retryPolicy;
  const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempts - 1, 30));
  const next = new Date(now.getTime() + wait / 2 + (wait / 2) * chance);
  return next.getTime() - firstAttemptAt.getTime() > giveUpAfterMs ? undefined : next;
}
