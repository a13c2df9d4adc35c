import type { SearchValue } from '#fhir-search';

/** Collects the values of a statement. */
export class Values {
  readonly all: unknown[] = [];

  /** Hidden values are not known when a statement is planned: PostgreSQL then keeps one plan for all of them. */
  constructor(private readonly hidden = false) {}

  /** Adds a value and gives its placeholder. */
  add(value: unknown): string {
    this.all.push(value);
    const placeholder = `$${String(this.all.length)}`;
    return this.hidden ? `(SELECT ${placeholder})` : placeholder;
  }
}

/** Conditions joined by OR; none of them is never true. */
export function anyOf(conditions: readonly string[]): string {
  const [only, ...others] = conditions;
  if (only === undefined) return 'false';
  return others.length === 0 ? `(${only})` : `(${conditions.map((condition) => `(${condition})`).join(' OR ')})`;
}

export function equalTo(place: string, wanted: readonly string[], values: Values): string {
  const [only, ...others] = wanted;
  return others.length === 0 ? `${place} = ${values.add(only)}` : `${place} = ANY(${values.add(wanted)}::text[])`;
}

/** What begins so: a half-open range instead of LIKE, an index condition that a prepared plan keeps. */
export function beginsWith(place: string, placeholder: string): string {
  return `${place} >= ${placeholder} AND ${place} < ${placeholder} || chr(1114111)`;
}

export function textsOf(sought: readonly SearchValue[]): string[] {
  return sought.flatMap((value) => ('value' in value ? [value.value] : []));
}
