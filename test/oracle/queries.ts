import { searchParametersOf, type SearchParameter, targetModifiers } from '#fhir-search';
import { isPoliced } from '#auth';
import type { Dice } from '../hostile/dice.js';
import { types } from './records.js';

/** A search as it is told apart: what it goes through can be followed step by step. */
export interface Query {
  type: string;
  criteria: readonly Criterion[];
  includes: readonly Include[];
  /** `-date`; one parameter. */
  sort?: string;
  count: number;
  withTotal: boolean;
  countOnly: boolean;
  /** Sent as a form. */
  posted: boolean;
}

export type Criterion =
  /** `name=text` of one resource. */
  | { leaf: Leaf }
  | { chain: { code: string; target: string; criterion: Criterion } }
  | { has: { source: string; code: string; criterion: Criterion } };

export interface Include {
  reverse: boolean;
  iterate: boolean;
  source: string;
  /** A reference parameter of the source, or `*`. */
  code: string;
  target?: string;
}

/** Searches of one resource by its own values, as names and texts; by type. */
export type Leaves = ReadonlyMap<string, readonly Leaf[]>;

/** `name=text` */
export interface Leaf {
  name: string;
  text: string;
}

export interface Asking {
  dice: Dice;
  leaves: Leaves;
  /** Types that a query begins with. */
  types: readonly string[];
}

const deepest = 2;

export function queryOf({ dice, leaves, types: begin }: Asking): Query {
  const type = dice.of(begin);
  const criteria = Array.from({ length: dice.below(3) }, () => criterionOf(type, { dice, leaves }, deepest));
  const includes = dice.chance(0.5) ? includesOf(type, dice) : [];
  const sorted = searchParametersOf(type).filter(({ type: kind }) => sortable.includes(kind));
  const sort = sorted.length > 0 && dice.chance(0.3) ? `${dice.of(['', '-'])}${dice.of(sorted).code}` : undefined;
  return {
    type,
    criteria,
    includes,
    ...(sort === undefined ? {} : { sort }),
    count: dice.of([1, 2, 5, 100]),
    withTotal: dice.chance(0.3),
    countOnly: dice.chance(0.05),
    posted: dice.chance(0.1),
  };
}

const sortable: readonly SearchParameter['type'][] = [
  'string',
  'token',
  'date',
  'number',
  'reference',
  'uri',
  'quantity',
];

function criterionOf(type: string, asking: Pick<Asking, 'dice' | 'leaves'>, depth: number): Criterion {
  const { dice } = asking;
  if (depth > 0 && dice.chance(0.25)) return hasOf(type, asking, depth) ?? leafOf(type, asking);
  if (depth > 0 && dice.chance(0.4)) return chainOf(type, asking, depth) ?? leafOf(type, asking);
  return leafOf(type, asking);
}

function leafOf(type: string, { dice, leaves }: Pick<Asking, 'dice' | 'leaves'>): Criterion {
  return { leaf: dice.of(leaves.get(type) ?? [{ name: '_id', text: 'none' }]) };
}

function chainOf(type: string, asking: Pick<Asking, 'dice' | 'leaves'>, depth: number): Criterion | undefined {
  const { dice } = asking;
  const ways = referencesOf(type);
  if (ways.length === 0) return undefined;
  const { code, targets } = dice.of(ways);
  const target = dice.of(targets);
  return { chain: { code, target, criterion: criterionOf(target, asking, depth - 1) } };
}

function hasOf(type: string, asking: Pick<Asking, 'dice' | 'leaves'>, depth: number): Criterion | undefined {
  const ways = pointingTo(type);
  if (ways.length === 0) return undefined;
  const { source, code } = asking.dice.of(ways);
  return { has: { source, code, criterion: criterionOf(source, asking, depth - 1) } };
}

/** One include, or one that goes on from what another brought. */
function includesOf(type: string, dice: Dice): Include[] {
  const first = includeOf(type, dice, dice.chance(0.3));
  if (!first || dice.chance(0.4)) return first ? [first] : [];
  const brought = first.reverse ? first.source : dice.of(targetsOf(first));
  const second = includeOf(brought, dice, true);
  return second ? [first, second] : [first];
}

function targetsOf({ source, code, target }: Include): string[] {
  if (target !== undefined) return [target];
  return referencesOf(source).flatMap((way) => (code === '*' || way.code === code ? way.targets : []));
}

function includeOf(type: string, dice: Dice, iterate: boolean): Include | undefined {
  if (dice.chance(0.5)) {
    const ways = referencesOf(type);
    if (ways.length === 0) return undefined;
    const { code, targets } = dice.of(ways);
    const narrowed = dice.chance(0.3) ? { target: dice.of(targets) } : {};
    return { reverse: false, iterate, source: type, code: dice.chance(0.1) ? '*' : code, ...narrowed };
  }
  const ways = pointingTo(type);
  return ways.length === 0 ? undefined : { reverse: true, iterate, ...dice.of(ways) };
}

const references = new Map<string, { code: string; targets: string[] }[]>();

/** Reference parameters of a type that lead to types of this world; canonicals lead nowhere. */
export function referencesOf(type: string): { code: string; targets: string[] }[] {
  const known = references.get(type);
  if (known) return known;
  const ways = searchParametersOf(type)
    .filter((parameter) => targetModifiers(parameter).length > 0)
    .map(({ code, targets }) => ({ code, targets: targets.filter((target) => types.includes(target)) }))
    .filter(({ targets }) => targets.length > 0);
  references.set(type, ways);
  return ways;
}

/** Whether this parameter, or any of them, also leads to types of which nothing is kept anywhere. */
export function leadsElsewhere(type: string, code: string): boolean {
  return searchParametersOf(type)
    .filter((parameter) => (code === '*' || parameter.code === code) && targetModifiers(parameter).length > 0)
    .some(({ targets }) => targets.some((target) => !isPoliced(target)));
}

const pointing = new Map<string, { source: string; code: string }[]>();

function pointingTo(type: string): { source: string; code: string }[] {
  const known = pointing.get(type);
  if (known) return known;
  const ways = types.flatMap((source) =>
    referencesOf(source)
      .filter(({ targets }) => targets.includes(type))
      .map(({ code }) => ({ source, code })),
  );
  pointing.set(type, ways);
  return ways;
}

/** Below `[base]`. */
export function pathOf({ type, criteria, includes, sort, count, withTotal, countOnly }: Query): string {
  const search = new URLSearchParams(criteria.map((criterion) => [nameOf(criterion), textOf(criterion)]));
  for (const { reverse, iterate, source, code, target } of includes) {
    const name = `${reverse ? '_revinclude' : '_include'}${iterate ? ':iterate' : ''}`;
    search.append(name, `${source}:${code}${target === undefined || code === '*' ? '' : `:${target}`}`);
  }
  if (sort !== undefined) search.set('_sort', sort);
  if (withTotal) search.set('_total', 'accurate');
  if (countOnly) search.set('_summary', 'count');
  search.set('_count', String(count));
  return `${type}?${search.toString()}`;
}

function nameOf(criterion: Criterion): string {
  if ('leaf' in criterion) return criterion.leaf.name;
  if ('chain' in criterion)
    return `${criterion.chain.code}:${criterion.chain.target}.${nameOf(criterion.chain.criterion)}`;
  return `_has:${criterion.has.source}:${criterion.has.code}:${nameOf(criterion.has.criterion)}`;
}

function textOf(criterion: Criterion): string {
  if ('leaf' in criterion) return criterion.leaf.text;
  return textOf('chain' in criterion ? criterion.chain.criterion : criterion.has.criterion);
}

/** Whether a place is sought in it. */
export function isNear(criterion: Criterion): boolean {
  return nameOf(criterion).split(/[.:]/).at(-1) === 'near';
}

/** Every type that the query goes through, beside its own. */
export function typesThrough(criterion: Criterion): string[] {
  if ('leaf' in criterion) return [];
  if ('chain' in criterion) return [criterion.chain.target, ...typesThrough(criterion.chain.criterion)];
  return [criterion.has.source, ...typesThrough(criterion.has.criterion)];
}
