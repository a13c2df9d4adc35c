import type { Audience } from '#fhir';
import { narrowingsOf } from '#fhir-search';
import { conditionOf } from './criterion.js';
import { tablesOf } from './layout.js';
import type { Scope, Searching, StatementParts } from './scope.js';
import { anyOf, type Values } from './values.js';

/** What a statement for this reader is made of. */
export function partsFor({ reader, holds }: Searching, values: Values): StatementParts {
  const narrowed = (scope: Scope): string[] => narrowedTo(reader, scope);
  return { reader, holds, values, narrowed };
}

/** The same for a row of content, which is known by an expression of its id: its current version decides. */
export function narrowedRow({ type, id }: { type: string; id: string }, reader: Audience, values: Values): string[] {
  // No narrowing leads to another type.
  const statement = partsFor({ reader, holds: () => false }, values);
  const scope: Scope = { type, alias: 'narrowed', lastUpdated: 'narrowed.last_updated', statement };
  const conditions = statement.narrowed(scope);
  if (conditions.length === 0) return [];
  return [
    `EXISTS (SELECT 1 FROM ${tablesOf(type).search} narrowed WHERE ${[`narrowed.id = ${id}`, ...conditions].join(' AND ')})`,
  ];
}

function narrowedTo(reader: Audience, scope: Scope): string[] {
  const narrowings = narrowingsOf(reader, scope.type);
  if (narrowings.length === 0) return [];
  return [
    anyOf(narrowings.map((criteria) => criteria.map((criterion) => conditionOf(criterion, scope)).join(' AND '))),
  ];
}
