const longest = 200;
const mostRepetitions = 2;
/** Ways through alternatives: `(a|b)(c|d)` has four, all of which may be tried on a text that meets none. */
const mostWays = 64;

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
  const isRepeated = repeatsGroup || repetitions.length - inGroupMarks > mostRepetitions;
  return isRepeated || looksBackOrAhead || waysThrough(plain) > mostWays;
}

/** Alternatives of one group add up, those of several groups multiply. */
function waysThrough(plain: string): number {
  const groups = [{ before: 0, here: 1 }];
  for (const letter of plain) {
    const innermost = groups.at(-1);
    if (!innermost) break;
    if (letter === '(') groups.push({ before: 0, here: 1 });
    if (letter === '|') Object.assign(innermost, { before: innermost.before + innermost.here, here: 1 });
    if (letter === ')') {
      groups.pop();
      const around = groups.at(-1);
      if (around) around.here *= innermost.before + innermost.here;
    }
  }
  return groups.reduce((ways, { before, here }) => ways * (before + here), 1);
}
