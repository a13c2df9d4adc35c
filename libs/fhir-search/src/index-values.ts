import { dateInterval, hull, periodInterval } from './date-interval.js';
import { keyOf, normalise } from './normalise.js';
import { referenceValue, typeIn } from './reference-value.js';
import type { IndexValue, SearchParameter, SearchParameterType } from './search.js';

/** What the conversion knows of the element beside its value. */
export interface ElementContext {
  parameter: SearchParameter;
  resolvesTo?: string | undefined;
}

/** Adds what one element says. A value that is not of its type is left out: the validator speaks of it. */
export type Convert = (value: unknown, context: ElementContext, into: IndexValue[]) => void;

/** How an element of this FHIR type is indexed under a parameter of this kind; undefined where it has no such value. */
export function converterOf(kind: SearchParameterType, elementType: string): Convert | undefined {
  return converters[kind].get(elementType);
}

const code: Convert = (value, { parameter }, into) => {
  addToken(into, parameter.system, value);
};
const plainToken: Convert = (value, _, into) => {
  addToken(into, undefined, value);
};
const boolean: Convert = (value, _, into) => {
  if (typeof value === 'boolean') addToken(into, undefined, String(value));
};
const contactPoint: Convert = (value, _, into) => {
  addToken(into, undefined, record(value).value);
};

const coding: Convert = (value, _, into) => {
  const { system, code: own, display } = record(value);
  addToken(into, system, own);
  addText(into, display);
};

const codeableConcept: Convert = (value, context, into) => {
  const { coding: codings, text: own } = record(value);
  for (const each of list(codings)) coding(each, context, into);
  addText(into, own);
};

const identifier: Convert = (value, _, into) => {
  const { system, value: own, type } = record(value);
  addToken(into, system, own);
  const { coding: codings, text: written } = record(type);
  for (const each of list(codings)) addTyped(into, record(each), own);
  addText(into, written);
};

const plainString: Convert = (value, _, into) => {
  addString(into, value);
};

/** Each part of a name or an address is found by itself. */
function parts(...names: readonly string[]): Convert {
  return (value, _, into) => {
    const whole = record(value);
    for (const name of names) for (const part of list(whole[name])) addString(into, part);
  };
}

const date: Convert = (value, _, into) => {
  addInterval(into, typeof value === 'string' ? dateInterval(value) : undefined);
};
const period: Convert = (value, _, into) => {
  addInterval(into, periodInterval(record(value)));
};

/** Only the outer limits of a Timing matter to search. */
const timing: Convert = (value, _, into) => {
  const { event, repeat } = record(value);
  const events = list(event).map((each) => (typeof each === 'string' ? dateInterval(each) : undefined));
  const bounds = periodInterval(record(record(repeat).boundsPeriod));
  addInterval(into, hull([...events, bounds].filter((each) => each !== undefined)));
};

const uri: Convert = (value, { parameter }, into) => {
  addAddress(into, parameter, text(value));
};

/** Matches with and without its version. */
const canonical: Convert = (value, { parameter }, into) => {
  const full = text(value);
  addAddress(into, parameter, full);
  if (full?.includes('|') === true) addAddress(into, parameter, full.slice(0, full.indexOf('|')));
};

/** The literal, and for `:identifier` the identifier; of a logical reference nobody may say to what type it points. */
const reference: Convert = (value, { resolvesTo }, into) => {
  const { reference: sent, type, identifier: logical } = record(value);
  const literal = text(sent);
  const target = (literal === undefined ? undefined : typeIn(literal)) ?? text(type);
  if (resolvesTo !== undefined && target !== undefined && target !== resolvesTo) return;
  const pointer = literal === undefined ? undefined : referenceValue(literal);
  if (pointer !== undefined && (resolvesTo === undefined || target === resolvesTo))
    into.push({ type: 'reference', value: keyOf(pointer) });
  addToken(into, record(logical).system, record(logical).value);
};

const number: Convert = (value, _, into) => {
  addNumber(into, { low: value, high: value });
};

const quantity: Convert = (value, _, into) => {
  const { value: own, comparator, system, code: unitCode, unit } = record(value);
  const low = typeof comparator === 'string' && comparator.startsWith('<') ? -Number.MAX_VALUE : own;
  const high = typeof comparator === 'string' && comparator.startsWith('>') ? Number.MAX_VALUE : own;
  addNumber(into, { low, high, system, unit: unitCode ?? unit });
  // `5.4||mg` looks at the code and at the unit as it is written.
  if (text(unitCode) !== undefined && text(unit) !== undefined && unit !== unitCode)
    addNumber(into, { low, high, unit });
};

const range: Convert = (value, _, into) => {
  const { low: lowest, high: highest } = record(value);
  const [low, high] = [record(lowest), record(highest)];
  if (low.value === undefined && high.value === undefined) return;
  const known = low.value === undefined ? high : low;
  const bounds = { low: low.value ?? -Number.MAX_VALUE, high: high.value ?? Number.MAX_VALUE };
  addNumber(into, { ...bounds, system: known.system, unit: known.code ?? known.unit });
};

const money: Convert = (value, _, into) => {
  const { value: own, currency: unit } = record(value);
  addNumber(into, { low: own, high: own, system: 'urn:iso:std:iso:4217', unit });
};

/** Location.position, in degrees of WGS 84. */
const position: Convert = (value, _, into) => {
  const { latitude, longitude } = record(value);
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return;
  if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) into.push({ type: 'position', latitude, longitude });
};

/** https://hl7.org/fhir/R4/search.html#table: how each data type is indexed under each type of parameter. */
const converters: Record<SearchParameterType, ReadonlyMap<string, Convert>> = {
  token: new Map<string, Convert>([
    ['code', code],
    ['id', plainToken],
    ['string', plainToken],
    ['uri', plainToken],
    ['boolean', boolean],
    ['Coding', coding],
    ['CodeableConcept', codeableConcept],
    ['Identifier', identifier],
    ['ContactPoint', contactPoint],
  ]),
  string: new Map<string, Convert>([
    ['string', plainString],
    ['markdown', plainString],
    ['HumanName', parts('text', 'family', 'given', 'prefix', 'suffix')],
    ['Address', parts('text', 'line', 'city', 'district', 'state', 'postalCode', 'country')],
  ]),
  date: new Map<string, Convert>([
    ['date', date],
    ['dateTime', date],
    ['instant', date],
    ['Period', period],
    ['Timing', timing],
  ]),
  reference: new Map<string, Convert>([
    ['Reference', reference],
    ['canonical', canonical],
    ['uri', uri],
  ]),
  uri: new Map<string, Convert>([
    ['uri', uri],
    ['url', uri],
    ['canonical', canonical],
  ]),
  number: new Map(['decimal', 'integer', 'positiveInt', 'unsignedInt'].map((type) => [type, number])),
  quantity: new Map<string, Convert>([
    ...['Quantity', 'Age', 'Count', 'Distance', 'Duration'].map((type): [string, Convert] => [type, quantity]),
    ['Range', range],
    ['Money', money],
  ]),
  composite: new Map(),
  special: new Map([['BackboneElement', position]]),
};

function addToken(into: IndexValue[], system: unknown, value: unknown): void {
  const key = text(value);
  if (key === undefined) return;
  const inSystem = text(system);
  into.push(
    inSystem === undefined
      ? { type: 'token', value: keyOf(key) }
      : { type: 'token', system: keyOf(inSystem), value: keyOf(key) },
  );
}

function addTyped(into: IndexValue[], { system, code: of }: Record<string, unknown>, own: unknown): void {
  const [inSystem, type, value] = [text(system), text(of), text(own)];
  if (type === undefined || value === undefined) return;
  const typed = { type: 'typedIdentifier' as const, code: keyOf(type), value: keyOf(value) };
  into.push(inSystem === undefined ? typed : { ...typed, system: keyOf(inSystem) });
}

function addText(into: IndexValue[], value: unknown): void {
  const normal = typeof value === 'string' ? normalise(value) : '';
  if (normal !== '') into.push({ type: 'text', value: normal });
}

function addString(into: IndexValue[], value: unknown): void {
  const sent = text(value);
  const normal = sent === undefined ? '' : normalise(sent);
  if (sent !== undefined && normal !== '') into.push({ type: 'string', value: normal, exact: keyOf(sent) });
}

/** A uri or canonical, under a parameter of type uri or reference. */
function addAddress(into: IndexValue[], { type }: SearchParameter, value: string | undefined): void {
  if (value !== undefined && value !== '')
    into.push({ type: type === 'reference' ? 'reference' : 'uri', value: keyOf(value) });
}

function addInterval(into: IndexValue[], found: { low: Date; high: Date } | undefined): void {
  if (found !== undefined) into.push({ type: 'date', low: found.low, high: found.high });
}

function addNumber(
  into: IndexValue[],
  { low, high, ...of }: { low: unknown; high: unknown; system?: unknown; unit?: unknown },
): void {
  if (!isFiniteNumber(low) || !isFiniteNumber(high)) return;
  const [system, unit] = [text(of.system), text(of.unit)];
  into.push({
    type: 'number',
    low,
    high,
    ...(system === undefined ? {} : { system: keyOf(system) }),
    ...(unit === undefined ? {} : { unit: keyOf(unit) }),
  });
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
