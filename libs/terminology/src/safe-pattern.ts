const longest = 200;
const mostRepetitions = 2;

/**
 * The regular expression of a filter, matched against whole codes; undefined for one that could take longer than its length
 * times the code's squared: what comes from a resource must not be able to hold the process.
 */
export function safePattern(source: string): RegExp | undefined {
  if (source.length > longest || isCostly(source)) return undefined;
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch {
    return undefined;
  }
}

function isCostly(source: string): boolean {
  // what is escaped or stands in a class is one letter
  const plain = source.replace(/\\[^1-9k]/g, 'a').replace(/\[[^\]]*\]/g, 'a');
  const repetitions = plain.match(/[*+?]|\{\d*,?\d*\}/g) ?? [];
  const repeatsGroup = /\)(?:[*+?]|\{)/.test(plain);
  const looksBackOrAhead = /\\[1-9k]|\(\?(?!:)/.test(plain);
  const inGroupMarks = (plain.match(/\(\?:/g) ?? []).length;
  return repeatsGroup || looksBackOrAhead || repetitions.length - inGroupMarks > mostRepetitions;
}
