/** A cell: text is neutralised and quoted where needed, a number is printed as it is, nothing is an empty cell. */
export type CsvCell = string | number | undefined;

/** A table by RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180): header row, CRLF, UTF-8 without a mark. */
export function csv(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function cellText(cell: CsvCell): string {
  if (cell === undefined) return '';
  return typeof cell === 'number' ? String(cell) : quoted(withoutFormula(cell));
}

/** A spreadsheet runs text that begins like a formula, after blanks too; an apostrophe makes it text again. */
function withoutFormula(text: string): string {
  return /^[\s\u0000]*[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
