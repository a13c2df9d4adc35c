import { inflateSync } from 'node:zlib';
import { measure, organization, summaryInput } from '../../../test/summary-builders.js';
import { outcomeSummary } from '../outcome-summary/outcome-summary.js';
import type { OutcomeSummaryInput } from '../outcome-summary/summary-input.js';
import { outcomePdf } from './outcome-pdf.js';
import { pdfLetter } from './pdf-blocks.js';

const at = new Date('2021-08-02T10:00:00Z');

function pdfOf(change: Partial<OutcomeSummaryInput> = {}): Promise<Buffer> {
  const input = summaryInput(change);
  return outcomePdf(pdfLetter(input, outcomeSummary(input)), { author: 'Example Living', at });
}

/** All objects as text, streams unpacked. */
function contentOf(pdf: Buffer): string {
  const text = pdf.toString('latin1');
  const streams = [...text.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].map(([, stream = '']) => {
    try {
      return inflateSync(Buffer.from(stream, 'latin1')).toString('latin1');
    } catch {
      return stream;
    }
  });
  return [text, ...streams].join('\n');
}

describe('the page of an outcome summary', () => {
  it('is one, the same byte for byte for the same summary', async () => {
    const pdf = await pdfOf();
    expect(pdf.subarray(0, 8).toString()).toBe('%PDF-1.7');
    expect(contentOf(pdf).match(/\/Type \/Page\b/g)).toHaveLength(1);
    expect((await pdfOf()).equals(pdf)).toBe(true);
    expect(pdf.length).toBeLessThan(120_000);
  });

  it('is tagged: a language, a title, headings, lists and a table with headers; its fonts are within', async () => {
    const content = contentOf(await pdfOf());
    const tags = ['Document', 'H1', 'H2', 'P', 'Table', 'TR', 'TH', 'TD'];
    expect(tags.filter((tag) => !content.includes(`/S /${tag}\n`))).toEqual([]);
    expect(content).toContain('/Lang (en-GB)');
    expect(content).toContain('/DisplayDocTitle true');
    expect(content).toContain('/Marked true');
    expect(content).toContain('pdfuaid:part>1<');
    expect(content).toContain('/Scope /Column');
    expect([...new Set(content.match(/\/FontName \/\w+\+DejaVuSans(-Bold)?/g))]).toHaveLength(2);
    expect(content.match(/\/FontFile2 /g)).toHaveLength(2);
    expect(content).not.toContain('Helvetica');
    // What the glyphs say, for those who copy or listen.
    expect(content.match(/beginbfrange|beginbfchar/g)).toHaveLength(2);
  });

  it('stays one page however much there is to say, and says what was left out', async () => {
    const long = 'A long sentence that somebody wrote about what goes on. '.repeat(60);
    const [offer] = summaryInput().offers;
    const much: Partial<OutcomeSummaryInput> = {
      notes: { whatMatters: long, stillOpen: Array.from({ length: 40 }, (_, at) => `${String(at)} ${long}`) },
      measures: Array.from({ length: 12 }, () => measure(22, 28)),
      offers: Array.from({ length: 30 }, () => ({ ...offer, activity: long }) as NonNullable<typeof offer>),
      requests: Array.from({ length: 9 }, () => ({
        kind: 'action',
        text: long,
        markedBy: long,
        markedOn: '2021-08-01',
      })),
      requester: organization('practice', long),
    };
    expect(contentOf(await pdfOf(much)).match(/\/Type \/Page\b/g)).toHaveLength(1);
  });

  it('shows no score without its caution', () => {
    const letter = pdfLetter(summaryInput(), outcomeSummary(summaryInput()));
    const measures = letter.blocks.find(({ table }) => table?.header[0] === 'Measure');
    expect(measures?.notes?.join(' ')).toContain('Caution: One person errs by more than that.');
    expect(letter.blocks[0]).toEqual({ title: 'What matters to the person', lines: ['Walking to the shop again'] });
  });

  it('shows names in other letters', async () => {
    for (const family of ['Żółć-Łukaszewicz', 'Παπαδόπουλος', 'Шевченко', 'محمد علي', '王小明', '\u0000\uD800']) {
      const { patient } = summaryInput();
      const pdf = await pdfOf({ patient: { ...patient, name: [{ family, given: ['Zoë'] }] } });
      expect(contentOf(pdf).match(/\/Type \/Page\b/g)).toHaveLength(1);
    }
  });
});
