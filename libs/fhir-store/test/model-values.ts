import type { IndexValue, ParameterCriterion, SearchValue } from '#fhir-search';

type Asked = Pick<ParameterCriterion, 'modifier' | 'parameter'>;

/** Whether one value that a resource says is one that is sought. */
export function matchesValue(value: IndexValue, sought: SearchValue, criterion: Asked): boolean {
  if (value.type === 'position' && sought.type === 'near') return metresBetween(value, sought) <= sought.metres;
  if (value.type !== sought.type) return false;
  const compare = comparisons[value.type] as (value: IndexValue, sought: SearchValue, criterion: Asked) => boolean;
  return compare(value, sought, criterion);
}

type Of<Value, Type> = Extract<Value, { type: Type }>;
type Compared = IndexValue['type'] & SearchValue['type'];

const comparisons: {
  [Type in Compared]: (value: Of<IndexValue, Type>, sought: Of<SearchValue, Type>, criterion: Asked) => boolean;
} & Partial<Record<IndexValue['type'], unknown>> = {
  composite: (value, sought, criterion) =>
    sought.parts.every((part, at) =>
      (value.parts[at] ?? []).some((own) => matchesValue(own, part, partOf(criterion, at))),
    ),
  token: matchesToken,
  string: (value, sought, { modifier }) => matchesText(value, sought, modifier),
  date: (value, sought) => within(numbered(value), { ...sought, ...numbered(sought) }),
  number: matchesNumber,
  uri: (value, sought, { modifier }) => matchesUri(value.value, sought.value, modifier),
  text: (value, sought) => value.value.startsWith(sought.value),
  typedIdentifier: (value, sought) =>
    (sought.system === undefined || (value.system ?? '') === sought.system) &&
    value.code === sought.code &&
    value.value === sought.value,
  reference: (value, sought) => value.value === sought.value,
};

/** The parts of a composite lie in rows, where a code has its system or none. */
function partOf({ parameter }: Asked, at: number): Asked {
  const part = parameter.components?.[at];
  if (!part) throw new Error(`${parameter.code} has no part ${String(at)}.`);
  return { parameter: { ...part, single: false } };
}

function matchesUri(value: string, sought: string, modifier: Asked['modifier']): boolean {
  if (modifier === 'below') return value.startsWith(sought);
  return modifier === 'above' ? sought.startsWith(value) : value === sought;
}

function matchesToken(
  value: Of<IndexValue, 'token'>,
  sought: Of<SearchValue, 'token'>,
  { modifier, parameter }: Asked,
): boolean {
  // The element is a code: it says no system, and where the binding does not fix one, it may be of any.
  const isCode = parameter.single && modifier !== 'identifier';
  const systems = [undefined, value.system ?? '', ...(isCode ? ['', parameter.system ?? sought.system] : [])];
  return systems.includes(sought.system) && [undefined, value.value].includes(sought.value);
}

function matchesText(
  value: Of<IndexValue, 'string'>,
  sought: Of<SearchValue, 'string'>,
  modifier: Asked['modifier'],
): boolean {
  if (modifier === 'exact') return value.exact === sought.exact;
  return modifier === 'contains' ? value.value.includes(sought.value) : value.value.startsWith(sought.value);
}

function matchesNumber(value: Of<IndexValue, 'number'>, sought: Of<SearchValue, 'number'>): boolean {
  const systems = [undefined, value.system ?? ''];
  return [undefined, value.unit].includes(sought.unit) && systems.includes(sought.system) && within(value, sought);
}

interface Interval {
  low: number;
  high: number;
}

function numbered({ low, high }: { low: Date; high: Date }): Interval {
  return { low: low.getTime(), high: high.getTime() };
}

function within(own: Interval, { prefix, low, high }: Interval & { prefix: string }): boolean {
  const equal = own.low >= low && own.high <= high;
  const answers: Record<string, boolean> = {
    eq: equal,
    ne: !equal,
    gt: own.high > high,
    lt: own.low < low,
    ge: own.high > high || equal,
    le: own.low < low || equal,
    sa: own.low >= high,
    eb: own.high <= low,
    ap: own.low < high && own.high > low,
  };
  return answers[prefix] ?? false;
}

interface Place {
  latitude: number;
  longitude: number;
}

/** By the angle between two vectors: another formula than the store's. */
export function metresBetween(one: Place, other: Place): number {
  const [a, b] = [vectorTo(one), vectorTo(other)];
  const cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  return 6_371_008.8 * Math.atan2(Math.hypot(...cross), dot);
}

function vectorTo({ latitude, longitude }: Place): [number, number, number] {
  const [lat, lon] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
}
