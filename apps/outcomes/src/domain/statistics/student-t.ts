import { regularisedIncompleteBeta } from './incomplete-beta.js';

/** The value below which `probability` of Student's t distribution lies; `studentTQuantile(0.975, 13)` is 2.1604. */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError('A probability lies between 0 and 1.');
  if (!(degreesOfFreedom >= 1)) throw new RangeError('Student t needs at least one degree of freedom.');
  if (probability === 0.5) return 0;
  if (probability < 0.5) return -studentTQuantile(1 - probability, degreesOfFreedom);
  return bisect((t) => upperTail(t, degreesOfFreedom) - (1 - probability));
}

/** The probability of a t above this one, for t ≥ 0. */
export function upperTail(t: number, degreesOfFreedom: number): number {
  return 0.5 * regularisedIncompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

/** The root of a falling function on the positive axis, as near as a double can say it. */
function bisect(falling: (t: number) => number): number {
  let low = 0;
  let high = 1;
  while (falling(high) > 0) high *= 2;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle === low || middle === high) return middle;
    if (falling(middle) > 0) low = middle;
    else high = middle;
  }
}
