/** The known word with the fewest letters to change. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  let best = { candidate: first, distance: distance(word, first) };
  for (const candidate of others) {
    const found = distance(word, candidate);
    if (found < best.distance) best = { candidate, distance: found };
  }
  return best.candidate;
}

/** Levenshtein's distance, case ignored. */
function distance(one: string, other: string): number {
  const [from, to] = [one.toLowerCase(), other.toLowerCase()];
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(changed, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[to.length] ?? 0;
}
