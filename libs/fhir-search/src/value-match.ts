import type { IndexValue, ParameterCriterion, SearchParameter, SearchPrefix, SearchValue } from './search.js';

type Of<V, Type> = Extract<V, { type: Type }>;
type Asked = Pick<ParameterCriterion, 'parameter' | 'modifier'>;

/** The kind of value that is compared: beside a reference its identifier and its text are indexed, for a modifier alone. */
export function kindSought({ parameter: { type }, modifier }: Asked): IndexValue['type'] {
  if (modifier === 'identifier') return 'token';
  if (modifier === 'text') return 'text';
  if (modifier === 'of-type') return 'typedIdentifier';
  if (type === 'quantity') return 'number';
  return type === 'special' ? 'position' : type;
}

/** Whether one value of a resource is the one that is wanted. */
export function isMet(asked: Asked, wanted: SearchValue, value: IndexValue): boolean {
  if (wanted.type === 'token') return value.type === 'token' && isToken(asked, wanted, value);
  if (wanted.type === 'date') return value.type === 'date' && isWithin(wanted.prefix, inTime(wanted), inTime(value));
  if (wanted.type === 'number') return value.type === 'number' && isNumber(wanted, value);
  if (wanted.type === 'composite') return value.type === 'composite' && isComposite(asked.parameter, wanted, value);
  return isText(asked.modifier, wanted, value);
}

function isToken({ parameter }: Asked, wanted: Of<SearchValue, 'token'>, value: Of<IndexValue, 'token'>): boolean {
  // A code whose binding fixes the system says none itself.
  const noSystem = value.system === undefined || parameter.single;
  const systemFits =
    wanted.system === undefined || (wanted.system === '' ? noSystem : (value.system ?? '') === wanted.system);
  return systemFits && (wanted.value === undefined || wanted.value === value.value);
}

function isText(modifier: ParameterCriterion['modifier'], wanted: SearchValue, value: IndexValue): boolean {
  if (wanted.type === 'string') return value.type === 'string' && isString(modifier, wanted, value);
  if (wanted.type === 'uri') return value.type === 'uri' && isAddress(modifier, wanted.value, value.value);
  if (wanted.type === 'text') return value.type === 'text' && ` ${value.value}`.includes(` ${wanted.value}`);
  return isSame(wanted, value);
}

function isSame(wanted: SearchValue, value: IndexValue): boolean {
  if (wanted.type === 'typedIdentifier') return value.type === 'typedIdentifier' && isTyped(wanted, value);
  return wanted.type === 'reference' && value.type === 'reference' && wanted.value === value.value;
}

function isString(
  modifier: ParameterCriterion['modifier'],
  wanted: Of<SearchValue, 'string'>,
  value: Of<IndexValue, 'string'>,
): boolean {
  if (modifier === 'exact') return value.exact === wanted.exact;
  return modifier === 'contains' ? value.value.includes(wanted.value) : value.value.startsWith(wanted.value);
}

function isAddress(modifier: ParameterCriterion['modifier'], wanted: string, value: string): boolean {
  if (modifier === 'below') return value.startsWith(wanted);
  return modifier === 'above' ? wanted.startsWith(value) : wanted === value;
}

function isTyped(wanted: Of<SearchValue, 'typedIdentifier'>, value: Of<IndexValue, 'typedIdentifier'>): boolean {
  return wanted.system === value.system && wanted.code === value.code && wanted.value === value.value;
}

function isNumber(wanted: Of<SearchValue, 'number'>, value: Of<IndexValue, 'number'>): boolean {
  const isUnit = wanted.unit === undefined || wanted.unit === value.unit;
  const isSystem = wanted.system === undefined || wanted.system === value.system;
  return isUnit && isSystem && isWithin(wanted.prefix, wanted, value);
}

/** Each part within one and the same element. */
function isComposite(
  { components = [] }: SearchParameter,
  wanted: Of<SearchValue, 'composite'>,
  value: Of<IndexValue, 'composite'>,
): boolean {
  return components.every((parameter, at) => {
    const sought = wanted.parts[at];
    return sought !== undefined && value.parts[at]?.some((part) => isMet({ parameter }, sought, part)) === true;
  });
}

interface Interval {
  low: number;
  high: number;
}

function inTime({ low, high }: { low: Date; high: Date }): Interval {
  return { low: low.getTime(), high: high.getTime() };
}

/** https://hl7.org/fhir/R4/search.html#prefix: the resource's interval from–to against the wanted one. */
function isWithin(prefix: SearchPrefix, { low, high }: Interval, { low: from, high: to }: Interval): boolean {
  const within = from >= low && to <= high;
  const answers: Record<SearchPrefix, boolean> = {
    eq: within,
    ne: !within,
    gt: to > high,
    lt: from < low,
    ge: to > high || within,
    le: from < low || within,
    sa: from >= high,
    eb: to <= low,
    ap: from < high && to > low,
  };
  return answers[prefix];
}
