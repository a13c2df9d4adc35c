export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** The middle value; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return { median: median(values), min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

/** The smallest value that at least this share of all values does not exceed: quantile(values, 0.99) is p99. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
