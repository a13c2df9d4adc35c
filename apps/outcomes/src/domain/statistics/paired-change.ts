import { studentTQuantile } from './student-t.js';
import type { Interval } from './wilson.js';

/** What is said of a list of changes (after − before, whole points). Undefined where the numbers do not allow it. */
export interface PairedChange {
  n: number;
  sum: number;
  /** sum / n as a double, for calculation; print it with `roundedQuotient`. */
  mean: number | undefined;
  median: number | undefined;
  /** Standard deviation of the changes, n − 1; needs two pairs. */
  sd: number | undefined;
  /** t interval of the mean; needs two pairs and changes that differ. */
  ci95: Interval | undefined;
  /** Standardised response mean, mean / sd; needs changes that differ. */
  srm: number | undefined;
}

export function pairedChange(changes: readonly number[]): PairedChange {
  const n = changes.length;
  const sum = changes.reduce((total, change) => total + change, 0);
  const mean = n === 0 ? undefined : sum / n;
  const sd = standardDeviation(changes, sum);
  const spread = mean === undefined || sd === undefined || sd === 0 ? undefined : { mean, sd };
  return {
    n,
    sum,
    mean,
    median: median(changes),
    sd,
    ci95: spread && tInterval(spread.mean, spread.sd, n),
    srm: spread && spread.mean / spread.sd,
  };
}

/** From whole sums, n·Σd² − (Σd)², so that nothing is lost before the root. */
function standardDeviation(changes: readonly number[], sum: number): number | undefined {
  const n = changes.length;
  if (n < 2) return undefined;
  const squares = changes.reduce((total, change) => total + change * change, 0);
  const scaled = BigInt(n) * BigInt(squares) - BigInt(sum) * BigInt(sum);
  return Math.sqrt(Number(scaled) / n / (n - 1));
}

function median(changes: readonly number[]): number | undefined {
  const sorted = Float64Array.from(changes).sort();
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

function tInterval(mean: number, sd: number, n: number): Interval {
  const half = (studentTQuantile(0.975, n - 1) * sd) / Math.sqrt(n);
  return { low: mean - half, high: mean + half };
}
