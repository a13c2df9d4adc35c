/**
 * JSON in and out as FHIR means it: no name twice, no surprises, decimals with the digits they were sent with.
 * https://hl7.org/fhir/R4/json.html and https://hl7.org/fhir/R4/datatypes.html#decimal
 *
 * Own code, because JSON.parse lets a name pass twice and makes 1.1 of 1.10, because JSON.rawJSON and a reviver's access to
 * the source need a later Node, and because lossless parsers put objects in the place of numbers, of which every reader of a
 * resource would have to know. Here a resource holds plain numbers, and the few literals that a number does not give back
 * are remembered beside the object that holds them.
 */
import { hasLiterals, literalOf, marked, unmark } from './json-literals.js';
import { readJson } from './json-reader.js';
import { countMembers, scan } from './json-scan.js';

export { literalOf, rememberLiteral, withLiteralsOf } from './json-literals.js';

export interface JsonLimits {
  /** Objects and arrays within one another; 64 unless told. */
  maxDepth?: number;
}

/** Throws FhirError with one sentence on what is wrong and where, never with a value of the document. */
export function parseJson(text: string, { maxDepth = 64 }: JsonLimits = {}): unknown {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const plain = parsePlain(source, maxDepth);
  return plain === undefined ? readJson(source, maxDepth) : plain;
}

/** Gives each decimal back with the digits that parseJson read, also where the objects around it were copied. */
export function stringifyJson(value: unknown): string {
  return hasLiterals(value) ? (written(value) ?? 'null') : JSON.stringify(value);
}

/** Most documents need no careful reader: JSON.parse is right about them. Undefined for the others. */
function parsePlain(text: string, maxDepth: number): unknown {
  const found = scan(text, maxDepth);
  if (found === undefined) return undefined;
  const { names, inexact } = found;
  const source = inexact.length === 0 ? text : marked(text, inexact);
  if (source === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(source);
    // An object keeps the last of two members of one name: then there are fewer members than names.
    if (countMembers(value) !== names) return undefined;
    // A mark that is no member's value stood where no number may stand.
    return inexact.length === 0 || unmark(value) === inexact.length ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As JSON.stringify, but for the literals; undefined for what JSON has no word for. */
function written(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || 'toJSON' in value || !hasLiterals(value))
    return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((_, index) => member(value, String(index)) ?? 'null').join(',')}]`;
  const members = Object.keys(value).flatMap((name) => {
    const text = member(value, name);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

function member(holder: object, name: string): string | undefined {
  const value = (holder as Record<string, unknown>)[name];
  return typeof value === 'number' ? (literalOf(holder, name, value) ?? written(value)) : written(value);
}
