import type { Stored } from '#fhir-store';

/** What one service tells of its history, newest first. */
export interface PartOfHistory {
  versions: readonly Stored[];
  /** There may be older ones. */
  more: boolean;
}

/**
 * One page of several services' histories. Nothing older is shown than what each of them has told of: where one has more to
 * tell, the page ends no later than its last word.
 */
export function mergedPage(
  parts: readonly PartOfHistory[],
  count: number,
): { versions: Stored[]; next: Stored | undefined } {
  const all = parts.flatMap(({ versions }) => versions).sort(newestFirst);
  const ends = parts.flatMap(({ versions, more }) => (more ? (versions.at(-1) ?? []) : []));
  const [horizon] = ends.sort(newestFirst);
  const told = horizon ? all.filter((version) => newestFirst(version, horizon) <= 0) : all;
  const versions = told.slice(0, count);
  const hasMore = all.length > versions.length || horizon !== undefined;
  return { versions, next: hasMore ? versions.at(-1) : undefined };
}

/** As the store orders them. */
function newestFirst(one: Stored, other: Stored): number {
  return (
    other.lastUpdated.getTime() - one.lastUpdated.getTime() ||
    compared(other.id, one.id) ||
    compared(other.type, one.type) ||
    other.version - one.version
  );
}

function compared(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
