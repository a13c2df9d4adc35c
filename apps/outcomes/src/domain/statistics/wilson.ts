export interface Interval {
  low: number;
  high: number;
}

/** Wilson's 95% interval of a share, which stays within 0 and 1 for small numbers; undefined where nobody was counted. */
export function wilson95(count: number, of: number): Interval | undefined {
  if (of === 0) return undefined;
  const share = count / of;
  const z2 = normal975 ** 2;
  const centre = (share + z2 / (2 * of)) / (1 + z2 / of);
  const half = (normal975 / (1 + z2 / of)) * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of * of));
  return { low: count === 0 ? 0 : centre - half, high: count === of ? 1 : centre + half };
}

/** The 97.5% point of the standard normal distribution. */
const normal975 = 1.959963984540054;
