import { approximately, dateInterval } from './date-interval.js';
import { keyOf, normalise } from './normalise.js';
import { numberInterval } from './number-interval.js';
import { searchableTypes } from './parameters.js';
import { referenceValue } from './reference-value.js';
import { malformed, unknown } from './refusal.js';
import type { SearchParameter, SearchPrefix, SearchValue } from './search.js';
import { split, unescape } from './split.js';

/** A parameter as it was asked for: `subject:Patient`. */
export interface Asked {
  /** The whole name, for messages. */
  name: string;
  parameter: SearchParameter;
  modifier?: string | undefined;
}

/** One of the values between commas; several where a bare id may be of several types. Throws FhirError where it has not the form. */
export function searchValuesOf(asked: Asked, text: string): SearchValue[] {
  const { parameter, modifier, name } = asked;
  if (text === '') throw malformed(name, 'it is empty');
  if (parameter.code === '_id') return [{ type: 'token', value: idOf(name, unescape(text)) }];
  if (modifier === 'identifier') return [tokenValue(name, text)];
  switch (parameter.type) {
    case 'token':
      return [tokenValue(name, text)];
    case 'string':
      return [stringValue(asked, unescape(text))];
    case 'uri':
      return [{ type: 'uri', value: keyOf(unescape(text)) }];
    case 'reference':
      return referenceValues(asked, unescape(text));
    case 'date':
      return [dateValue(name, unescape(text))];
    default:
      return [numberValue(name, text)];
  }
}

function tokenValue(name: string, text: string): SearchValue {
  const [first = '', second, ...more] = split(text, '|').map(unescape);
  if (more.length > 0) throw malformed(name, "system|code is expected, a '|' within either written as '\\|'");
  if (second === undefined) return { type: 'token', value: keyOf(first) };
  if (first === '' && second === '') throw malformed(name, 'system|code is expected');
  return { type: 'token', system: keyOf(first), ...(second === '' ? {} : { value: keyOf(second) }) };
}

function stringValue({ name, modifier }: Asked, text: string): SearchValue {
  const value = normalise(text);
  if (value === '') throw malformed(name, 'a letter or figure is expected');
  return { type: 'string', value, ...(modifier === 'exact' ? { exact: keyOf(text) } : {}) };
}

const id = /^[A-Za-z0-9\-.]{1,64}$/;

function idOf(name: string, text: string): string {
  if (!id.test(text)) throw malformed(name, 'an id has 1 to 64 letters, figures, dots and hyphens');
  return text;
}

function referenceValues({ name, parameter, modifier }: Asked, text: string): SearchValue[] {
  if (modifier !== undefined) return [typedReference(name, modifier, text)];
  if (id.test(text)) {
    const types = searchableTypes().filter((type) => parameter.targets.includes(type));
    return types.map((type) => ({ type: 'reference', value: `${type}/${text}` }));
  }
  const value = referenceValue(text) ?? (/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text) ? text : undefined);
  if (value === undefined) throw malformed(name, 'an id, Type/id or a URL is expected');
  return [{ type: 'reference', value: keyOf(value) }];
}

/** `subject:Patient=1`, and `subject:Patient=Patient/1` which says it twice. */
function typedReference(name: string, type: string, text: string): SearchValue {
  const bare = text.startsWith(`${type}/`) ? text.slice(type.length + 1) : text;
  return { type: 'reference', value: `${type}/${idOf(name, bare)}` };
}

const prefixes: readonly SearchPrefix[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

function prefixed(name: string, text: string): { prefix: SearchPrefix; rest: string } {
  const letters = /^[A-Za-z<>=!~]{1,2}(?=[\d+-])/.exec(text)?.[0];
  if (letters === undefined) return { prefix: 'eq', rest: text };
  const prefix = prefixes.find((each) => each === letters);
  if (prefix === undefined) throw unknown(`The '${name}' prefix`, letters, prefixes);
  return { prefix, rest: text.slice(2) };
}

function dateValue(name: string, text: string): SearchValue {
  const { prefix, rest } = prefixed(name, text);
  const interval = dateInterval(rest);
  if (interval === undefined) {
    const hint = rest.includes(' ') ? "; the '+' of a time zone is sent as %2B" : '';
    throw malformed(name, `a date such as 2026-03-14 or 2026-03-14T09:30:00Z is expected${hint}`);
  }
  return { type: 'date', prefix, ...(prefix === 'ap' ? approximately(interval) : interval) };
}

/** `5.4`, `gt5.4|http://unitsofmeasure.org|mg` or `5.4||mg`. */
function numberValue(name: string, text: string): SearchValue {
  const [number = '', system = '', unit = '', ...more] = split(text, '|').map(unescape);
  const { prefix, rest } = prefixed(name, number);
  const interval = more.length > 0 ? undefined : numberInterval(rest, prefix);
  if (interval === undefined) throw malformed(name, 'a number, or number|system|code, is expected');
  return {
    type: 'number',
    prefix,
    ...interval,
    ...(system === '' ? {} : { system: keyOf(system) }),
    ...(unit === '' ? {} : { unit: keyOf(unit) }),
  };
}
