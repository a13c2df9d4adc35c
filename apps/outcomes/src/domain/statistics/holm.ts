/** Holm's step-down adjustment of a family of p-values, in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const adjusted = new Array<number>(pValues.length).fill(1);
  let floor = 0;
  [...pValues.entries()]
    .sort(([, left], [, right]) => left - right)
    .forEach(([place, p], rank) => {
      floor = Math.max(floor, Math.min(1, p * (pValues.length - rank)));
      adjusted[place] = floor;
    });
  return adjusted;
}
