import type { Narrative } from 'fhir/r4';
import { dayOf } from '../evaluation/calendar.js';

/** XHTML that was built here. Text can become one only through `escaped`, so nothing that people wrote can be markup. */
export interface Xhtml {
  readonly xhtml: string;
}

/** https://hl7.org/fhir/R4/narrative.html */
export function narrative(status: Narrative['status'], ...content: readonly Xhtml[]): Narrative {
  return { status, div: `<div xmlns="http://www.w3.org/1999/xhtml">${joined(content)}</div>` };
}

/** Text with line breaks kept. */
export function paragraph(text: string): Xhtml {
  return {
    xhtml: `<p>${text
      .split(/\r\n|\r|\n/)
      .map(escaped)
      .join('<br/>')}</p>`,
  };
}

export function list(items: readonly string[]): Xhtml {
  return { xhtml: `<ul>${items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>` };
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): Xhtml {
  const head = header.map((cell) => `<th>${escaped(cell)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('');
  return { xhtml: `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>` };
}

/** As the NHS writes a day, which nobody reads as month first: 05-Mar-2021; a month or a year alone as far as it is known. */
export function day(dateOrTime: string | undefined): string {
  const partial = /^\d{4}(-\d{2})?$/.exec(dateOrTime ?? '')?.[0];
  const [year, month, date] = (dayOf(dateOrTime) ?? partial ?? '').split('-');
  const name = month === undefined ? undefined : months[Number(month) - 1];
  if (!year || (month !== undefined && name === undefined)) return 'date not recorded';
  return [date, name, year].filter((part) => part !== undefined).join('-');
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Also without the characters that XML cannot hold at all. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function joined(content: readonly Xhtml[]): string {
  return content.map(({ xhtml }) => xhtml).join('');
}
