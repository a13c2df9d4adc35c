import { parseJson, stringifyJson, withLiteralsOf } from '#fhir';
import { namingAny, type Ref } from './mentions.js';
import { writtenNumber } from './nhs-number.js';

const erased = 'erased';

/**
 * The content without what names a person: a reference becomes a text that says so, any other mention of one of the records, or
 * the NHS number, the word `erased`. Names in free text are not found by this, and stay.
 */
export function redacted(content: string, { own, number }: { own: readonly Ref[]; number: string }): string {
  const naming = new RegExp(namingAny(own), 'g');
  const written = new RegExp(writtenNumber(number), 'g');
  const text = (value: string): string =>
    value.replace(naming, (_, __, after: string) => `${erased}${after}`).replace(written, `$1${erased}$2`);
  const within = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if ('reference' in value && typeof value.reference === 'string' && text(value.reference) !== value.reference)
      return { display: erased };
    if (Array.isArray(value)) return withLiteralsOf(value, value.map(within));
    return withLiteralsOf(value, Object.fromEntries(Object.entries(value).map(([key, item]) => [key, within(item)])));
  };
  return stringifyJson(within(parseJson(content)));
}
