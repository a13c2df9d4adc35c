import { isExact } from './json-literals.js';

/** Names that reach into JavaScript's own objects. No element of FHIR is called so. */
export const forbiddenNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const forbidden = new RegExp(`"(?:${[...forbiddenNames].join('|')})"`);
/** Escapes that may make half a surrogate pair, or U+0000, of which PostgreSQL's text has none. */
const doubtfulEscape = /\\u(?:[dD][89a-fA-F]|0000)/;
const halfPair = /\p{Surrogate}/u;

const [quote, colon, backslash] = [0x22, 0x3a, 0x5c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];
const [minus, nine] = [0x2d, 0x39];

/** What a quick look found: the names of members, and the numbers that would lose their digits, by their place. */
export interface Scan {
  names: number;
  inexact: [start: number, end: number][];
}

/**
 * One quick look over a text that is taken for JSON. Undefined where the careful reader must look: too deep, a name that is
 * forbidden or escaped, a character that may be none.
 */
export function scan(text: string, maxDepth: number): Scan | undefined {
  const isEscaped = text.includes('\\');
  if (isDoubtful(text, isEscaped)) return undefined;
  const found: Scan = { names: 0, inexact: [] };
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      start = at;
      at = endOfString(text, at);
    } else if (code === colon) {
      if (isEscaped && text.slice(start, at).includes('\\')) return undefined;
      found.names++;
    } else if (startsNumber(code)) {
      at = takeNumber(text, at, found);
    } else if (code >= openBracket) {
      depth += step(code);
      if (depth > maxDepth) return undefined;
    }
  }
  return found;
}

/** How many members the objects of a parsed document have. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += countMembers(item);
    return members;
  }
  for (const name in value) {
    const below = (value as Record<string, unknown>)[name];
    members += typeof below === 'object' ? 1 + countMembers(below) : 1;
  }
  return members;
}

/** The place of the closing quotation mark, or of the end of the text. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscapedAt(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscapedAt(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === backslash) before--;
  return (at - before) % 2 === 1;
}

function step(code: number): number {
  if (code === openBrace || code === openBracket) return 1;
  return code === closeBrace || code === closeBracket ? -1 : 0;
}

function isDoubtful(text: string, isEscaped: boolean): boolean {
  return forbidden.test(text) || halfPair.test(text) || (isEscaped && doubtfulEscape.test(text));
}

function startsNumber(code: number): boolean {
  return code >= minus && code <= nine;
}

/** The place of the last character of a number; notes one that its value does not give back. */
function takeNumber(text: string, start: number, { inexact }: Scan): number {
  let end = start + 1;
  while (isOfNumber(text.charCodeAt(end))) end++;
  if (end - start > 1 && !isExact(text.slice(start, end))) inexact.push([start, end]);
  return end - 1;
}

/** Figures, point, signs and e. */
function isOfNumber(code: number): boolean {
  return startsNumber(code) || code === 0x2b || code === 0x65 || code === 0x45;
}
