import { approximately, dateInterval } from './date-interval.js';
import { hierarchicalTargets } from './modifiers.js';
import { nearValue } from './near-value.js';
import { keyOf, normalise } from './normalise.js';
import { numberInterval } from './number-interval.js';
import { searchableTypes } from './parameters.js';
import { referenceValue, typeIn } from './reference-value.js';
import { malformed, unknown } from './refusal.js';
import type { SearchParameter, SearchPrefix, SearchValue } from './search.js';
import { split, unescape } from './split.js';

/** A parameter as it was asked for: `subject:Patient`. */
export interface Asked {
  /** The whole name, for messages. */
  name: string;
  parameter: SearchParameter;
  modifier?: string | undefined;
  /** Own address of the server. */
  baseUrl?: string | undefined;
}

/** One of the values between commas; several where a bare id may be of several types. Throws FhirError where it has not the form. */
export function searchValuesOf(asked: Asked, text: string): SearchValue[] {
  const { parameter, name } = asked;
  if (text === '') throw malformed(name, 'it is empty');
  if (parameter.code === '_id') return [{ type: 'token', value: idOf(name, unescape(text)) }];
  return modifiedValues(asked, text) ?? plainValues(asked, text);
}

/** Of modifiers by which the value has another form. */
function modifiedValues(asked: Asked, text: string): SearchValue[] | undefined {
  const { parameter, modifier, name } = asked;
  switch (modifier) {
    case 'identifier':
      return [tokenValue(name, text)];
    case 'text':
      return [{ type: 'text', value: normalised(name, unescape(text)) }];
    case 'of-type':
      return [typedIdentifier(name, text)];
    case 'in':
    case 'not-in':
      return [{ type: 'valueSet', url: valueSetOf(name, unescape(text)) }];
    case 'above':
    case 'below':
      return parameter.type === 'token' ? [concept(asked, text)] : undefined;
    default:
      return undefined;
  }
}

function plainValues(asked: Asked, text: string): SearchValue[] {
  const { name, parameter } = asked;
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
    case 'composite':
      return compositeValues(asked, text);
    case 'special':
      return [nearValue(name, text)];
    default:
      return [numberValue(name, text)];
  }
}

function tokenValue(name: string, text: string): Extract<SearchValue, { type: 'token' }> {
  const [first = '', second, ...more] = split(text, '|').map(unescape);
  if (more.length > 0) throw malformed(name, "system|code is expected, a '|' within either written as '\\|'");
  if (second === undefined) return { type: 'token', value: keyOf(first) };
  if (first === '' && second === '') throw malformed(name, 'system|code is expected');
  return { type: 'token', system: keyOf(first), ...(second === '' ? {} : { value: keyOf(second) }) };
}

/** A code that others are above or below of: its system says by which tree. */
function concept({ name, parameter }: Asked, text: string): SearchValue {
  const { system = parameter.system, value } = tokenValue(name, text);
  if (system === undefined || system === '' || value === undefined) throw malformed(name, 'system|code is expected');
  return { type: 'token', system, value };
}

function typedIdentifier(name: string, text: string): SearchValue {
  const [system = '', code = '', value = '', ...more] = split(text, '|').map(unescape);
  if (more.length > 0 || system === '' || code === '' || value === '')
    throw malformed(name, "system|code|value is expected: the identifier's type, then its value");
  return { type: 'typedIdentifier', system: keyOf(system), code: keyOf(code), value: keyOf(value) };
}

/** A canonical, with or without a version, or the literal reference of a value set. */
function valueSetOf(name: string, text: string): string {
  if (!/^(?:[A-Za-z][A-Za-z0-9+.-]*:\S+|ValueSet\/[A-Za-z0-9\-.]{1,64})$/.test(text))
    throw malformed(name, "a value set's URL is expected");
  return text;
}

function stringValue({ name, modifier }: Asked, text: string): SearchValue {
  const value = normalised(name, text);
  return { type: 'string', value, ...(modifier === 'exact' ? { exact: keyOf(text) } : {}) };
}

function normalised(name: string, text: string): string {
  const value = normalise(text);
  if (value === '') throw malformed(name, 'a letter or figure is expected');
  return value;
}

const id = /^[A-Za-z0-9\-.]{1,64}$/;

function idOf(name: string, text: string): string {
  if (!id.test(text)) throw malformed(name, 'an id has 1 to 64 letters, figures, dots and hyphens');
  return text;
}

function referenceValues(asked: Asked, text: string): SearchValue[] {
  const { name, parameter, modifier } = asked;
  if (modifier === 'above' || modifier === 'below') return hierarchicalValues(asked, text);
  if (modifier !== undefined) return [typedReference(name, modifier, text)];
  if (id.test(text))
    return spelled(
      searchableTypes().filter((type) => parameter.targets.includes(type)),
      text,
    );
  const value = referenceValue(text) ?? (/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text) ? text : undefined);
  if (value === undefined) throw malformed(name, 'an id, Type/id or a URL is expected');
  const own = ownReference(asked, value);
  return [...(own === undefined ? [] : [own]), value].map((each) => ({ type: 'reference', value: keyOf(each) }));
}

/** `https://this.server/fhir/Task/1` is Task/1, too. */
function ownReference({ baseUrl }: Asked, value: string): string | undefined {
  return baseUrl !== undefined && value.startsWith(`${baseUrl}/`)
    ? referenceValue(value.slice(baseUrl.length + 1))
    : undefined;
}

function spelled(types: readonly string[], bare: string): SearchValue[] {
  return types.map((type) => ({ type: 'reference', value: `${type}/${bare}` }));
}

/** `location:below=1`: of a type whose resources form a tree. */
function hierarchicalValues({ name, parameter }: Asked, text: string): SearchValue[] {
  const types = hierarchicalTargets(parameter);
  if (id.test(text)) return spelled(types, text);
  const type = types.find((each) => each === typeIn(text) && text.startsWith(`${each}/`));
  if (type === undefined)
    throw malformed(name, `an id, or ${types.map((each) => `${each}/id`).join(' or ')}, is expected`);
  return [{ type: 'reference', value: referenceValue(text) ?? text }];
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
  const parts = split(text, '|').map(unescape);
  const [number = '', system = '', unit = ''] = parts;
  const { prefix, rest } = prefixed(name, number);
  // Two parts are neither: which of the two the second was meant to be is not ours to guess.
  const interval = parts.length === 1 || parts.length === 3 ? numberInterval(rest, prefix) : undefined;
  if (interval === undefined) throw malformed(name, 'a number, or number|system|code, is expected');
  return {
    type: 'number',
    prefix,
    ...interval,
    ...(system === '' ? {} : { system: keyOf(system) }),
    ...(unit === '' ? {} : { unit: keyOf(unit) }),
  };
}

/** `http://loinc.org|8480-6$gt140`: a value for each part; a bare id within is spelt out, as one more value. */
function compositeValues({ name, parameter, baseUrl }: Asked, text: string): SearchValue[] {
  const { components = [] } = parameter;
  const texts = split(text, '$');
  if (texts.length !== components.length) {
    const parts = components.map(({ code }) => code).join('$');
    throw malformed(name, `${parts} is expected, a '$' within a part written as '\\$'`);
  }
  const parts = components.map((component, at) =>
    searchValuesOf({ name, parameter: component, baseUrl }, texts[at] ?? ''),
  );
  const combined = parts.reduce<SearchValue[][]>(
    (rows, part) => rows.flatMap((row) => part.map((value) => [...row, value])),
    [[]],
  );
  return combined.map((row) => ({ type: 'composite', parts: row }));
}
