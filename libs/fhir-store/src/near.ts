import type { ChainCriterion, Criterion, SearchParameter, SearchValue } from '#fhir-search';
import { hasColumn, tablesOf } from './layout.js';
import { columnAt, quote, scopeBehind, type Scope, seenBy } from './scope.js';
import { anyOf, type Values } from './values.js';

export type Near = SearchValue & { type: 'near' };

/** Mean radius of the earth in metres; distances are along the great circle of a sphere. */
const radius = 6_371_008.8;
/** Degrees by which a box is wider than it must be: the exact distance decides. */
const allowance = 1e-7;

/** The index on places finds what lies in the boxes around the circle; the distance finds the circle. */
export function nearMatch(sought: Near, place: string, values: Values): string {
  const number = (value: number): string => `${values.add(value)}::float8`;
  const boxes = boxesAround(sought).map(
    ({ west, south, east, north }) =>
      `${place} <@ box(point(${number(west)}, ${number(south)}), point(${number(east)}, ${number(north)}))`,
  );
  return `${anyOf(boxes)} AND ${distance(sought, place, values)} <= ${number(sought.metres)}`;
}

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Around a circle on the sphere: two boxes where it crosses the date line, all around where it holds a pole. */
export function boxesAround({ latitude, longitude, metres }: Omit<Near, 'type'>): Box[] {
  const angle = metres / radius;
  const reach = degrees(angle) + allowance;
  const [south, north] = [Math.max(-90, latitude - reach), Math.min(90, latitude + reach)];
  const all = [{ west: -180, south, east: 180, north }];
  if (south === -90 || north === 90 || angle >= Math.PI / 2) return all;
  const width = degrees(Math.asin(Math.min(1, Math.sin(angle) / Math.cos(radians(latitude))))) + 2 * allowance;
  const [west, east] = [longitude - width, longitude + width];
  if (width >= 180) return all;
  if (west < -180)
    return [
      { west: -180, south, east, north },
      { west: west + 360, south, east: 180, north },
    ];
  if (east > 180)
    return [
      { west, south, east: 180, north },
      { west: -180, south, east: east - 360, north },
    ];
  return [{ west, south, east, north }];
}

/** In metres, by the haversine formula, which is exact for what is near, too. */
export function distance(
  { latitude, longitude }: Omit<Near, 'type' | 'metres'>,
  place: string,
  values: Values,
): string {
  const [lat, lon] = [`${values.add(latitude)}::float8`, `${values.add(longitude)}::float8`];
  const [halfLat, halfLon] = [`sin(radians(${place}[1] - ${lat}) / 2)`, `sin(radians(${place}[0] - ${lon}) / 2)`];
  const haversine = `${halfLat} ^ 2 + cos(radians(${lat})) * cos(radians(${place}[1])) * ${halfLon} ^ 2`;
  return `${String(2 * radius)}::float8 * asin(sqrt(least(1, ${haversine})))`;
}

/** The criterion by which distances are told: the first that asks for what is near, also behind a chain. */
export function nearAskedFor(criteria: readonly Criterion[]): Criterion | undefined {
  return criteria.find((criterion) => placesIn(criterion).length > 0);
}

/** The one that a sort key means: of the type itself, or behind this reference. */
export function nearIn(criteria: readonly Criterion[], through?: SearchParameter): Criterion | undefined {
  return criteria.find((criterion) => {
    const leads = 'chain' in criterion ? criterion.chain.parameter.code : undefined;
    return leads === through?.code && placesIn(criterion).length > 0;
  });
}

/** How far away a resource is, as a subquery: the least of its distances; of a chain, of what it leads to and may be seen. */
export function distanceOf(criterion: Criterion, scope: Scope): string {
  if ('chain' in criterion) return behindChain(criterion, scope);
  if ('has' in criterion) return 'NULL::float8';
  const { values } = scope.statement;
  const places = placesIn(criterion);
  const each = places.map((place) => distance(place, 'n.place', values));
  return `(SELECT min(${each.length === 1 ? each.join() : `least(${each.join(', ')})`}) FROM position_value n
    WHERE n.type = ${quote(scope.type)} AND n.id = ${scope.alias}.id AND n.parameter = ${quote(criterion.parameter.code)})`;
}

function behindChain({ chain: { parameter, targets } }: ChainCriterion, scope: Scope): string {
  const near = targets.filter(({ type, criterion }) => placesIn(criterion).length > 0 && scope.statement.holds(type));
  const ways = near.map(({ type, criterion }) => {
    const to = scopeBehind(scope, type);
    const prefix = `${type}/`;
    const column = hasColumn(parameter) ? columnAt(scope, parameter) : 'm.value';
    const rows = hasColumn(parameter) ? '' : `${tablesOf(scope.type).value} m, `;
    const own = hasColumn(parameter) ? [] : [`m.id = ${scope.alias}.id`, `m.parameter = ${quote(parameter.code)}`];
    const start = String(prefix.length);
    const where = [
      ...own,
      `left(${column}, ${start}) = ${quote(prefix)}`,
      `${to.alias}.id = substr(${column}, ${start} + 1)`,
      ...seenBy(to),
    ];
    return `(SELECT min(${distanceOf(criterion, to)}) FROM ${rows}${tablesOf(type).search} ${to.alias} WHERE ${where.join(' AND ')})`;
  });
  if (ways.length === 0) return 'NULL::float8';
  return ways.length === 1 ? ways.join() : `least(${ways.join(', ')})`;
}

function placesIn(criterion: Criterion): Near[] {
  if ('chain' in criterion) return criterion.chain.targets.flatMap((target) => placesIn(target.criterion));
  if ('has' in criterion || criterion.modifier !== undefined) return [];
  return criterion.values.filter((value) => value.type === 'near');
}

function degrees(angle: number): number {
  return (angle * 180) / Math.PI;
}

function radians(angle: number): number {
  return (angle * Math.PI) / 180;
}
