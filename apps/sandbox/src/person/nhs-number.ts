import { isNhsNumber } from '#fhir';

/** Ten digits, written with or without spaces or hyphens. The sentence of a refusal does not repeat what was given. */
export function nhsNumberIn(text: string): string {
  const number = text.replaceAll(/[\s-]/g, '');
  if (isNhsNumber(number)) return number;
  throw new Error('This is no NHS number: it has ten digits, the last of which is its check digit.');
}

/** The number as somebody may have written it within a text, and not as a part of a longer number. POSIX and JavaScript. */
export function writtenNumber(number: string): string {
  return `(^|[^0-9])${Array.from(number).join('[ -]?')}($|[^0-9])`;
}
