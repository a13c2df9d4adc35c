import { createHash } from 'node:crypto';

/** Longest value that is kept in an index or compared with it: a key of PostgreSQL's btree holds some 2,700 bytes. */
export const longestKey = 256;

/** How string parameters compare: lower case, without marks, single spaces. https://hl7.org/fhir/R4/search.html#string */
export function normalise(text: string): string {
  if (isPlain.test(text)) return beginning(text.toLowerCase(), longestKey);
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return beginning(plain.replace(/\s+/gu, ' ').trim(), longestKey);
}

/** Letters, figures and signs of ASCII with single spaces between them: only the case may change. */
const isPlain = /^[!-~]+(?: [!-~]+)*$/;

/** The value itself, or where it is too long for an index its beginning and digest: equal only where the whole is equal. */
export function keyOf(value: string): string {
  if (value.length <= longestKey) return value;
  const digest = createHash('sha256').update(value).digest('hex');
  return `${beginning(value, longestKey - digest.length - 1)}#${digest}`;
}

/** Half a surrogate pair is no text to PostgreSQL: cut before it. */
function beginning(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
