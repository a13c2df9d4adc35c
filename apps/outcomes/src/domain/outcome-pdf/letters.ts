const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;
/** Fewer than fit on a line, so that none is broken again: its second half would stand first. */
const lineLetters = 60;

/**
 * A text with words of scripts that run from right to left, in the order in which they stand on a page that runs from left to
 * right. Within a word, with the space behind it, the PDF library puts the letters in order: what follows such words brings a
 * space of its own.
 */
export function onPage(text: string): string {
  if (!rightToLeft.test(text)) return text;
  const placed: string[] = [];
  let run: string[] = [];
  const close = (): string => {
    const last = run.at(-1) ?? '';
    const mark = /[,.;:!?)]+$/.exec(last)?.[0] ?? '';
    placed.push(linesOf([...run.slice(0, -1), last.slice(0, last.length - mark.length)]));
    run = [];
    return mark;
  };
  for (const word of text.split(' ')) {
    if (rightToLeft.test(word)) run = [...run, word];
    else placed.push(run.length > 0 ? `${close()}\u00A0${word}` : word);
  }
  if (run.length > 0) placed.push(close());
  return placed.join(' ').trimEnd();
}

/** Words in the order of reading, as lines each of which is turned. */
function linesOf(words: readonly string[]): string {
  const lines: string[][] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line && [...line, word].join(' ').length <= lineLetters) line.unshift(word);
    else lines.push([word]);
  }
  return lines.map((line) => line.join(' ')).join('\n');
}

/** Each letter that the fonts have no shape for, as a box; control characters as a space. */
export function shown(text: string, hasShape: (codePoint: number) => boolean): string {
  const plain = text.replace(/[\p{Cc}\p{Cs}]+/gu, ' ');
  return Array.from(plain, (letter) => (hasShape(letter.codePointAt(0) ?? 0) ? letter : '\u25A1')).join('');
}

/** Cut at a word, with a sign that more was said. */
export function shortened(text: string, atMost: number): string {
  if (text.length <= atMost) return text;
  const cut = text.slice(0, atMost - 2);
  const space = cut.lastIndexOf(' ');
  return `${(space > atMost / 2 ? cut.slice(0, space) : cut).replace(/[\uD800-\uDBFF]$/, '')} …`;
}
