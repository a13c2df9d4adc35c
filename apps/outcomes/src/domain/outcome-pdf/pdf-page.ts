// Tagged PDF as ISO 14289-1 (PDF/UA-1) asks: a structure tree, a language, a title, embedded fonts; all else is an artifact.
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { onPage, shown } from './letters.js';

const fonts = createRequire(import.meta.url);
const regular = fonts.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
const bold = fonts.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');

/** A4 in points. */
const [width, height, margin] = [595.28, 841.89, 42];

type Tag = 'H1' | 'H2' | 'P' | 'TH' | 'TD' | 'LBody';

export interface Style {
  size: number;
  bold?: boolean;
  colour?: string;
}

type Structure = ReturnType<PDFKit.PDFDocument['struct']>;

/** One sheet that is filled from the top: it knows how much room is left, and never begins a second one. */
export class PdfPage {
  readonly width = width - 2 * margin;
  /** Set where a letter had no shape. */
  isShort = false;
  readonly #document: PDFKit.PDFDocument;
  readonly #root: Structure;
  readonly #chunks: Buffer[] = [];
  #y = margin;

  constructor(info: { title: string; author: string; at: Date }) {
    this.#document = new PDFDocument({
      size: [width, height],
      // Nothing may flow over: what does not fit is left out before it is drawn.
      margins: { top: 0, bottom: 0, left: margin, right: margin },
      pdfVersion: '1.7',
      subset: 'PDF/UA' as never,
      tagged: true,
      lang: 'en-GB',
      displayTitle: true,
      font: regular,
      info: { Title: info.title, Author: info.author, CreationDate: info.at, ModDate: info.at },
    });
    this.#document.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.#root = this.#document.struct('Document');
    this.#document.addStructure(this.#root);
  }

  /** Points that are left above the foot. */
  room(foot: number): number {
    return height - margin - foot - this.#y;
  }

  heightOf(text: string, style: Style, part = 1): number {
    this.#take(style);
    return this.#document.heightOfString(this.#letters(text), { width: this.width * part });
  }

  skip(points: number): void {
    this.#y += points;
  }

  /** To the foot of the page. */
  toFoot(foot: number): void {
    this.#y = height - margin - foot;
  }

  write(tag: Tag, text: string, style: Style): void {
    const words = this.#cell(tag, text, { style, x: margin, part: 1 });
    this.#root.add(words.structure());
    this.#y += words.height;
  }

  list(items: readonly string[], style: Style): void {
    const list = this.#document.struct('L');
    this.#root.add(list);
    for (const item of items) {
      const body = this.#cell('LBody', `• ${item}`, { style, x: margin, part: 1 });
      list.add(this.#document.struct('LI', {}, [body.structure()]));
      this.#y += body.height;
    }
    list.end();
  }

  table(rows: readonly (readonly string[])[], widths: readonly number[], style: Style): void {
    const table = this.#document.struct('Table');
    this.#root.add(table);
    rows.forEach((row, at) => {
      const isHeader = at === 0;
      const tall = this.rowHeight(row, widths, { ...style, bold: isHeader });
      if (isHeader) this.band(tall, '#E8EDEE');
      const line = this.#document.struct('TR');
      table.add(line);
      let x = margin;
      row.forEach((text, column) => {
        const part = widths[column] ?? 0;
        const scope = scopeOf(isHeader, column);
        const place = { style: { ...style, bold: isHeader }, x, part, scope, inset: 3 };
        line.add(this.#cell(scope === undefined ? 'TD' : 'TH', text, place).structure());
        x += part * this.width;
      });
      line.end();
      this.#y += tall;
    });
    table.end();
  }

  rowHeight(row: readonly string[], widths: readonly number[], style: Style): number {
    const inset = 6 / this.width;
    return Math.max(...row.map((text, column) => this.heightOf(text, style, (widths[column] ?? 0) - inset))) + 4;
  }

  /** A coloured ground from here down: nothing that is read. */
  band(tall: number, colour: string): void {
    this.#document.markContent('Artifact', { type: 'Layout' });
    this.#document.rect(margin - 4, this.#y - 2, this.width + 8, tall).fill(colour);
    this.#document.endMarkedContent();
  }

  async bytes(): Promise<Buffer> {
    this.#root.end();
    const ended = new Promise<void>((resolve, reject) => {
      this.#document.on('end', resolve);
      this.#document.on('error', reject);
    });
    this.#document.end();
    await ended;
    return Buffer.concat(this.#chunks);
  }

  #cell(
    tag: Tag,
    text: string,
    place: { style: Style; x: number; part: number; scope?: 'Column' | 'Row' | undefined; inset?: number },
  ) {
    const { style, x, part, scope, inset = 0 } = place;
    const letters = this.#letters(text);
    const top = this.#y;
    const options = { width: this.width * part - 2 * inset };
    const draw = (): void => {
      this.#take(style);
      this.#document.fillColor(style.colour ?? '#212B32').text(letters, x + inset, top, options);
    };
    this.#take(style);
    // Made only where it will stand: the file would wait for one that stands nowhere.
    const structure = () =>
      this.#document.struct(tag, { ...(scope && { scope }), ...(letters === text ? {} : { actual: text }) }, [draw]);
    return { height: this.#document.heightOfString(letters, options), structure };
  }

  #letters(text: string): string {
    const { font } = (
      this.#document as unknown as { _font: { font: { hasGlyphForCodePoint: (code: number) => boolean } } }
    )._font;
    const letters = shown(text, (code) => font.hasGlyphForCodePoint(code));
    if (letters.includes('\u25A1') && !text.includes('\u25A1')) this.isShort = true;
    return onPage(letters);
  }

  #take({ size, bold: isBold = false }: Style): void {
    this.#document.font(isBold ? bold : regular).fontSize(size);
  }
}

function scopeOf(isHeader: boolean, column: number): 'Column' | 'Row' | undefined {
  if (isHeader) return 'Column';
  return column === 0 ? 'Row' : undefined;
}
