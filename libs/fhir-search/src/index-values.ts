import { dateInterval, hull, periodInterval } from './date-interval.js';
import { keyOf, normalise } from './normalise.js';
import { referenceValue, typeIn } from './reference-value.js';
import type { IndexValue, SearchParameter, SearchParameterType } from './search.js';

/** What the conversion knows of the element beside its value. */
export interface ElementContext {
  parameter: SearchParameter;
  resolvesTo?: string | undefined;
}

type Convert = (value: unknown, context: ElementContext) => readonly (IndexValue | undefined)[];

/** One element's value under one parameter. A value that is not of its type is left out: the validator speaks of it. */
export function indexValuesOf(type: string, value: unknown, context: ElementContext): IndexValue[] {
  const convert = conversions[context.parameter.type].get(type);
  if (convert === undefined) return [];
  return convert(value, context).filter((found) => found !== undefined);
}

const code: Convert = (value, { parameter }) => [token(parameter.system, value)];
const plainToken: Convert = (value) => [token(undefined, value)];
const plainString: Convert = (value) => [string(value)];
const uri: Convert = (value, { parameter }) => [address(parameter, text(value))];
const date: Convert = (value) => [interval(typeof value === 'string' ? dateInterval(value) : undefined)];
const quantity: Convert = (value) => quantities(record(value));
const number: Convert = (value) => [numeric(value, value)];

/** Matches with and without its version. */
const canonical: Convert = (value, { parameter }) => {
  const full = text(value);
  const url = full?.split('|')[0];
  return [address(parameter, full), ...(url === full ? [] : [address(parameter, url)])];
};

/** https://hl7.org/fhir/R4/search.html#table: how each data type is indexed under each type of parameter. */
const conversions: Record<SearchParameterType, ReadonlyMap<string, Convert>> = {
  token: new Map<string, Convert>([
    ['code', code],
    ['id', plainToken],
    ['string', plainToken],
    ['uri', plainToken],
    ['boolean', (value) => [typeof value === 'boolean' ? token(undefined, String(value)) : undefined]],
    ['Coding', (value) => [coding(value)]],
    ['CodeableConcept', (value) => list(record(value).coding).map(coding)],
    ['Identifier', (value) => [identifier(value)]],
    ['ContactPoint', (value) => [token(undefined, record(value).value)]],
  ]),
  string: new Map<string, Convert>([
    ['string', plainString],
    ['markdown', plainString],
    ['HumanName', (value) => parts(value, ['text', 'family', 'given', 'prefix', 'suffix'])],
    ['Address', (value) => parts(value, ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'])],
  ]),
  date: new Map<string, Convert>([
    ['date', date],
    ['dateTime', date],
    ['instant', date],
    ['Period', (value) => [interval(periodInterval(record(value)))]],
    ['Timing', (value) => [interval(timingInterval(record(value)))]],
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
    ['Range', (value) => ranges(record(value))],
    ['Money', (value) => [numeric(record(value).value, record(value).value, currency(record(value)))]],
  ]),
  composite: new Map(),
  special: new Map(),
};

function token(system: unknown, value: unknown): IndexValue | undefined {
  const key = text(value);
  if (key === undefined) return undefined;
  const inSystem = text(system);
  return { type: 'token', ...(inSystem === undefined ? {} : { system: keyOf(inSystem) }), value: keyOf(key) };
}

function coding(value: unknown): IndexValue | undefined {
  return token(record(value).system, record(value).code);
}

function identifier(value: unknown): IndexValue | undefined {
  return token(record(value).system, record(value).value);
}

function string(value: unknown): IndexValue | undefined {
  const sent = text(value);
  const normal = sent === undefined ? '' : normalise(sent);
  return sent === undefined || normal === '' ? undefined : { type: 'string', value: normal, exact: keyOf(sent) };
}

function parts(value: unknown, names: readonly string[]): (IndexValue | undefined)[] {
  return names.flatMap((name) => list(record(value)[name]).map(string));
}

/** A uri or canonical, under a parameter of type uri or reference. */
function address({ type }: SearchParameter, value: string | undefined): IndexValue | undefined {
  return value === undefined ? undefined : { type: type === 'reference' ? 'reference' : 'uri', value: keyOf(value) };
}

/** The literal, and for `:identifier` the identifier; of a logical reference nobody may say to what type it points. */
function reference(value: unknown, { resolvesTo }: ElementContext): (IndexValue | undefined)[] {
  const { reference: sent, type, identifier: logical } = record(value);
  const literal = text(sent);
  const target = (literal === undefined ? undefined : typeIn(literal)) ?? text(type);
  if (resolvesTo !== undefined && target !== undefined && target !== resolvesTo) return [];
  const pointer = literal === undefined ? undefined : referenceValue(literal);
  const isWanted = pointer !== undefined && (resolvesTo === undefined || target === resolvesTo);
  return [isWanted ? { type: 'reference', value: keyOf(pointer) } : undefined, identifier(logical)];
}

function interval(found: { low: Date; high: Date } | undefined): IndexValue | undefined {
  return found && { type: 'date', ...found };
}

/** Only the outer limits of a Timing matter to search. */
function timingInterval({ event, repeat }: Record<string, unknown>): { low: Date; high: Date } | undefined {
  const events = list(event).map((each) => (typeof each === 'string' ? dateInterval(each) : undefined));
  const bounds = periodInterval(record(record(repeat).boundsPeriod));
  return hull([...events, bounds].filter((each) => each !== undefined));
}

function quantities({
  value,
  comparator,
  system,
  code: unitCode,
  unit,
}: Record<string, unknown>): (IndexValue | undefined)[] {
  const low = typeof comparator === 'string' && comparator.startsWith('<') ? -Number.MAX_VALUE : value;
  const high = typeof comparator === 'string' && comparator.startsWith('>') ? Number.MAX_VALUE : value;
  const coded = numeric(low, high, { system, unit: unitCode ?? unit });
  // `5.4||mg` looks at the code and at the unit as it is written.
  const isWrittenElse = text(unitCode) !== undefined && text(unit) !== undefined && unit !== unitCode;
  return [coded, isWrittenElse ? numeric(low, high, { unit }) : undefined];
}

function ranges(range: Record<string, unknown>): (IndexValue | undefined)[] {
  const [low, high] = [record(range.low), record(range.high)];
  if (low.value === undefined && high.value === undefined) return [];
  const known = low.value === undefined ? high : low;
  const unit = { system: known.system, unit: known.code ?? known.unit };
  return [numeric(low.value ?? -Number.MAX_VALUE, high.value ?? Number.MAX_VALUE, unit)];
}

function currency({ currency: unit }: Record<string, unknown>): { system: unknown; unit: unknown } {
  return { system: 'urn:iso:std:iso:4217', unit };
}

function numeric(low: unknown, high: unknown, of: { system?: unknown; unit?: unknown } = {}): IndexValue | undefined {
  if (typeof low !== 'number' || typeof high !== 'number') return undefined;
  const [system, unit] = [text(of.system), text(of.unit)];
  return {
    type: 'number',
    low,
    high,
    ...(system === undefined ? {} : { system: keyOf(system) }),
    ...(unit === undefined ? {} : { unit: keyOf(unit) }),
  };
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
