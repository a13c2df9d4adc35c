import { type Audience, FhirError, marksOf } from '#fhir';
import { type SearchParameter } from '#fhir-search';
import { columnName, tablesOf } from './layout.js';
import type { Values } from './values.js';

/** Where a criterion is looked for: one search table within a statement. */
export interface Scope {
  type: string;
  /** Of the search table: `s0` of the type that is searched, `s1` of what a chain leads to. */
  alias: string;
  /** The column that holds the time of the last change: the search table's, or the audience's where it drives. */
  lastUpdated: string;
  statement: StatementParts;
}

/** For whom is searched, and in which store. */
export interface Searching {
  reader: Audience;
  /** Types whose rows are here. */
  holds: (type: string) => boolean;
}

/** What all parts of one statement share. */
export interface StatementParts extends Searching {
  values: Values;
  /** What the reader's narrowings leave of a type, as a condition on its search table; none where they leave all. */
  narrowed: (scope: Scope) => string[];
}

export function scopeOf(type: string, statement: StatementParts, depth = 0): Scope {
  const alias = `s${String(depth)}`;
  return { type, alias, lastUpdated: `${alias}.last_updated`, statement };
}

/** One step along a reference. */
export function scopeBehind({ alias, statement }: Scope, type: string): Scope {
  return scopeOf(type, statement, Number(alias.slice(1)) + 1);
}

/** The audience filter: every step of a search passes it, whatever it leads through. */
export function seenBy(scope: Scope): string[] {
  const { type, alias, statement } = scope;
  const { reader, values, narrowed } = statement;
  if (reader.includes('*')) return narrowed(scope);
  return [
    `EXISTS (SELECT 1 FROM ${tablesOf(type).audience} a WHERE a.id = ${alias}.id AND a.organisation = ANY(${values.add(marksOf(reader))}::text[]))`,
    ...narrowed(scope),
  ];
}

export function columnAt({ alias }: Scope, parameter: SearchParameter, bound?: 'low' | 'high'): string {
  return `${alias}."${columnName(parameter, bound)}"`;
}

/** A text of ours within a statement: codes and types, which come from definitions. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A criterion that only other services can answer, or the server's terminology, was not answered before. */
export function unresolved(what: string): FhirError {
  return FhirError.of('not-supported', `This search goes through ${what}, which is not asked from here.`, {
    status: 400,
  });
}
