const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * How long after a failed try the next one comes, at the least: ten tries in 75 and a half hours, as Standard Webhooks has it.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const waitsMs: readonly number[] = [
  ...[5 * second, 5 * minute, 30 * minute],
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour),
];

export interface Failed {
  /** Tries made so far, the one that failed just now included. */
  attempts: number;
  /** What the receiver asked for. */
  retryAfterMs?: number | undefined;
}

/**
 * When to try again, or undefined when it was tried often enough. A wait is up to a tenth longer by chance, so that a receiver
 * which comes back is not met by everybody at once; and as long as the receiver asked for, where that is longer.
 *
 * @param chance from 0 to 1
 */
export function nextTry({ attempts, retryAfterMs = 0 }: Failed, now: Date, chance: number): Date | undefined {
  const wait = waitsMs[attempts - 1];
  if (wait === undefined) return undefined;
  return new Date(now.getTime() + Math.max(wait * (1 + chance / 10), retryAfterMs));
}
