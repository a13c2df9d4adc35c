import type { Bundle, Composition } from 'fhir/r4';
import { attendanceRows, contactGroups } from '../outcome-summary/activity-sections.js';
import { day } from '../outcome-summary/narrative.js';
import { measureCells } from '../outcome-summary/measures-section.js';
import { headLines } from '../outcome-summary/outcome-summary.js';
import { outcomeFacts, reasonsOf, textOf } from '../outcome-summary/person-sections.js';
import { suggestedCodes, suggestion } from '../outcome-summary/suggested-codes.js';
import type { HumanRequest, OutcomeSummaryInput } from '../outcome-summary/summary-input.js';
import { personLine } from './person-line.js';

/** A part of the page under a heading of its own: lines, or a table, of which as much is shown as fits. */
export interface PdfBlock {
  title: string;
  /** Stands out: what a reader must not miss. */
  loud?: boolean;
  lines?: readonly string[];
  table?: {
    header: readonly string[];
    /** Parts of the width. */ widths: readonly number[];
    rows: readonly string[][];
  };
  /** Below it, smaller. */
  notes?: readonly string[];
}

export interface PdfLetter {
  title: string;
  /** Whom it is about. */
  person: string;
  head: readonly string[];
  /** In the order in which they matter to a reader in a hurry: what does not fit is left out from the end. */
  blocks: readonly PdfBlock[];
  /** Where the whole is. */
  whole: string;
}

/** The letter of one page: what the document says, shorter. */
export function pdfLetter(input: OutcomeSummaryInput, document: Bundle): PdfLetter {
  const [title = '', ...head] = headLines(input);
  const { author, requester, baseUrl, at } = input;
  const composition = document.entry?.[0]?.resource as Composition;
  return {
    title,
    person: personLine(input.patient, at),
    head: [`From ${author.name ?? 'not recorded'} to ${requester.name ?? 'not recorded'}, ${day(at)}`, ...head],
    blocks: [
      { title: 'What matters to the person', lines: [input.notes.whatMatters?.trim() || 'Not recorded.'] },
      { title: 'Outcome', lines: outcomeFacts(input).map((fact) => fact.join(': ')) },
      ...requestBlocks(input.requests ?? []),
      measuresBlock(input),
      { title: 'Still open', lines: filled(input.notes.stillOpen, 'Nothing was recorded as still open.') },
      offeredBlock(input),
      referralBlock(input),
      { title: 'Contacts', lines: filled(contactGroups(input).map(contactText), 'No contact was recorded.') },
      ...suggestedBlock(input),
    ],
    whole: `${baseUrl}/Composition/${composition.id ?? ''}/$document`,
  };
}

function requestBlocks(requests: readonly HumanRequest[]): PdfBlock[] {
  const lines = (kind: HumanRequest['kind']) =>
    requests
      .filter((request) => request.kind === kind)
      .map(({ text, markedBy, markedOn }) => `${text} (${markedBy}, ${day(markedOn)})`);
  return [
    { title: 'For action', loud: true, lines: lines('action') },
    { title: 'For information', lines: lines('information') },
  ].filter((block) => block.lines.length > 0);
}

function measuresBlock({ measures }: OutcomeSummaryInput): PdfBlock {
  const title = 'Measures before and after';
  if (measures.length === 0) return { title, lines: ['No measure was asked for.'] };
  const cells = measures.map(measureCells);
  const cautions = new Set(cells.map(({ caution }) => caution).filter((caution) => caution !== ''));
  return {
    title,
    table: {
      header: ['Measure', 'Before', 'After', 'Change'],
      widths: [0.43, 0.19, 0.19, 0.19],
      rows: cells.map(({ measure, before, after, change }) => [measure, before, after, change]),
    },
    notes: [
      ...cells
        .filter(({ important }) => important !== '')
        .map(({ label, important }) => `Change that mattered in studies, ${label}: ${important}`),
      ...[...cautions].map((caution) => `Caution: ${caution}`),
    ],
  };
}

function offeredBlock(input: OutcomeSummaryInput): PdfBlock {
  const title = 'What was offered and attended';
  if (input.offers.length === 0) return { title, lines: ['No activity was offered.'] };
  const rows = attendanceRows(input).map((row) => row.slice(0, 5));
  return {
    title,
    table: {
      header: ['Activity', 'Provider', 'Result', 'Attended', 'Missed'],
      widths: [0.26, 0.26, 0.24, 0.12, 0.12],
      rows,
    },
  };
}

function referralBlock({ serviceRequest, referral, requester }: OutcomeSummaryInput): PdfBlock {
  const { authoredOn = referral.authoredOn, code } = serviceRequest;
  const by = `Referred on ${day(authoredOn)} by ${requester.name ?? 'not recorded'}`;
  const reason = reasonsOf(serviceRequest);
  return { title: 'Referral and reason', lines: [`${by}, for: ${textOf(code)}. Reason: ${reason}`] };
}

function contactText([by = '', how = '', times = '', first = '', last = '']: readonly string[]): string {
  return `${by}, ${how}: ${times} (${first} to ${last})`;
}

function suggestedBlock(input: OutcomeSummaryInput): PdfBlock[] {
  const codes = suggestedCodes(input).map(({ code = '', display = '' }) => `${display}, SNOMED CT ${code}`);
  return codes.length === 0 ? [] : [{ title: 'Suggested codes', lines: codes, notes: [suggestion] }];
}

function filled(lines: readonly string[], otherwise: string): readonly string[] {
  return lines.length === 0 ? [otherwise] : lines;
}
