import { shortened } from './letters.js';
import type { PdfBlock, PdfLetter } from './pdf-blocks.js';
import { PdfPage, type Style } from './pdf-page.js';

const foot = 30;
const body: Style = { size: 9 };
const small: Style = { size: 7.5, colour: '#4C6272' };
/** Longer texts are for the document: nobody reads them in ten seconds. */
const [lineLength, cellLength, noteLength] = [420, 160, 700];
/** Of one block, so that one long list does not push out all that comes after it. */
const [mostLines, mostRows] = [8, 10];

/** The letter on one page. The same letter at the same time is the same file, byte for byte. */
export async function outcomePdf(letter: PdfLetter, { author, at }: { author: string; at: Date }): Promise<Buffer> {
  const page = new PdfPage({ title: letter.title, author, at });
  writeHead(page, letter);
  const leftOut = letter.blocks.flatMap((block) => writeBlock(page, block));
  page.toFoot(foot - 6);
  const missing = leftOut.length === 0 ? '' : `Not on this page for want of room: ${leftOut.join('; ')}. `;
  const unseen = page.isShort ? 'A box stands for a letter that this page cannot show. ' : '';
  page.write('P', shortened(`${missing}${unseen}The whole summary: ${letter.whole}`, 500), small);
  return page.bytes();
}

function writeHead(page: PdfPage, { title, person, head }: PdfLetter): void {
  page.write('H1', title, { size: 15, bold: true, colour: '#003087' });
  page.skip(3);
  page.write('P', person, { size: 11, bold: true });
  page.skip(3);
  head.forEach((line, at) => {
    // The second one says whether anything is asked of the reader.
    page.write('P', shortened(line, 240), at === 1 ? { ...body, bold: true } : body);
  });
}

/** Writes what fits; says what does not. */
function writeBlock(page: PdfPage, block: PdfBlock): string[] {
  const heading: Style = { size: 10.5, bold: true, colour: block.loud === true ? '#B10E1E' : '#003087' };
  const top = page.heightOf(block.title, heading) + 12;
  const fitting = fittingOf(page, block, page.room(foot) - top);
  if (fitting.count === 0) return [block.title];
  page.skip(8);
  page.write('H2', block.title, heading);
  page.skip(block.table ? 4 : 1);
  if (block.table) page.table([block.table.header, ...fitting.rows], block.table.widths, body);
  else if (fitting.lines.length > 1) page.list(fitting.lines, body);
  else page.write('P', fitting.lines[0] ?? '', block.loud === true ? { ...body, bold: true } : body);
  if (fitting.notes.length > 0) page.skip(1);
  fitting.notes.forEach((note) => {
    page.write('P', note, small);
  });
  return fitting.leftOut;
}

interface Fitting {
  count: number;
  lines: string[];
  rows: (readonly string[])[];
  notes: string[];
  leftOut: string[];
}

function fittingOf(page: PdfPage, { title, lines = [], table, notes = [] }: PdfBlock, room: number): Fitting {
  let left = room;
  const takes = (tall: number): boolean => {
    left -= tall;
    return left >= 0;
  };
  // First: a score must not stand without what must not be read into it.
  const shownNotes = notes.map((note) => shortened(note, noteLength));
  shownNotes.forEach((note) => takes(page.heightOf(note, small)));
  if (table) takes(page.rowHeight(table.header, table.widths, { ...body, bold: true }));
  const plain = lines.map((line) => line.replace(/\s*\n\s*/g, '; '));
  const cut = plain.slice(0, mostLines).map((line) => shortened(line, lineLength));
  // Bold is wider: measured so, nothing grows over the edge.
  const shownLines = untilFull(cut, (line) => takes(page.heightOf(`• ${line}`, { ...body, bold: true })));
  const rows = rowsOf(table).map((row) => row.map((cell) => shortened(cell, cellLength)));
  const shownRows = untilFull(rows.slice(0, mostRows), (row) => takes(page.rowHeight(row, table?.widths ?? [], body)));
  const count = shownLines.length + shownRows.length;
  const all = lines.length + rows.length;
  const isCut = [
    ...cut.filter((line, at) => line !== plain[at]),
    ...shownNotes.filter((note, at) => note !== notes[at]),
  ];
  const leftOut = count < all ? [`${String(all - count)} of ${String(all)} lines of "${title}"`] : [];
  const words = isCut.length > 0 ? [`words of "${title}"`] : [];
  return { count, lines: shownLines, rows: shownRows, notes: shownNotes, leftOut: [...leftOut, ...words] };
}

function rowsOf(table: PdfBlock['table']): readonly (readonly string[])[] {
  return table?.rows ?? [];
}

function untilFull<T>(items: readonly T[], takes: (item: T) => boolean): T[] {
  const end = items.findIndex((item) => !takes(item));
  return end < 0 ? [...items] : items.slice(0, end);
}
