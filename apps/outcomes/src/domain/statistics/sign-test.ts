import { regularisedIncompleteBeta } from './incomplete-beta.js';

/**
 * The exact two-sided sign test: how likely a split at least as uneven as this one is when better and worse are equally
 * likely. People without change say nothing about direction and are left out; with nobody changed it is 1.
 */
export function signTest(better: number, worse: number): number {
  const changed = better + worse;
  if (changed === 0) return 1;
  return Math.min(1, 2 * lowerTail(Math.min(better, worse), changed));
}

/** Up to here all binomial coefficients and 2ⁿ fit in a double, so the sum is done on integers and is exact. */
const exactUpTo = 1000;

/** P(X ≤ k) for a fair coin thrown n times. */
function lowerTail(k: number, n: number): number {
  if (n > exactUpTo) return regularisedIncompleteBeta(0.5, n - k, k + 1);
  let coefficient = 1n;
  let sum = 1n;
  for (let j = 1; j <= k; j += 1) {
    coefficient = (coefficient * BigInt(n - j + 1)) / BigInt(j);
    sum += coefficient;
  }
  return Number(sum) / 2 ** n;
}
