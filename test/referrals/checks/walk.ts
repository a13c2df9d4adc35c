import type { Task } from 'fhir/r4';
import { businessStatus, impliedTurnExtension } from '../../../apps/referral/src/domain/codes.js';
import { reached, starts } from '../../../apps/referral/src/domain/find-turn.js';
import { type PartTurn, partTurns } from '../../../apps/referral/src/domain/transitions.js';
import type { Version } from '../facts.js';
import { stateOf } from '../states.js';

const turnEvents = new Set(partTurns.map(({ event }) => event));
/** Turns that may not have been told before a later one. */
const chains = [[], ['8'], ['19'], ['8', '19']];

/** Steps of a part that no row of the table allows. */
export function walkFaults(versions: readonly Version[]): string[] {
  return versions.flatMap((version, at) => {
    const before = versions[at - 1];
    const place = `Task/${version.id} version ${String(version.version)}`;
    if (version.version !== at + 1) return [`${place} stands where ${String(at + 1)} should`];
    if (version.event === null) return [`${place} has no event`];
    if (!before) {
      const isBegin = version.event === 'referral-requested.v1' && stateOf(version.resource) === 'requested/sent';
      return isBegin ? [] : [`${place} begins as ${stateOf(version.resource)} with ${version.event}`];
    }
    const step = `${stateOf(before.resource)} to ${stateOf(version.resource)} by ${version.event}`;
    return isStep(before.resource, version) ? [] : [`${place} went from ${step}, which no row allows`];
  });
}

function isStep(previous: Task, { resource, event }: Version): boolean {
  const isSame = stateOf(previous) === stateOf(resource);
  if (event === null || !turnEvents.has(event)) return isSame;
  const mayImply = impliedIn(resource) > impliedIn(previous);
  return chains
    .filter(({ length }) => length === 0 || mayImply)
    .some((chain) => isRow(previous, { resource, event, chain }));
}

function isRow(
  previous: Task,
  { resource, event, chain }: { resource: Task; event: string; chain: string[] },
): boolean {
  let standing = previous;
  for (const id of chain) {
    const row = partTurns.find((one) => one.id === id);
    if (!row || !starts(row, standing)) return false;
    standing = moved(row, standing);
  }
  const rows = partTurns.filter((row) => row.event === event && starts(row, standing));
  return rows.some((row) => stateOf(moved(row, standing)) === stateOf(resource));
}

function moved(row: PartTurn, task: Task): Task {
  const { status, business } = reached(row, task);
  return { ...task, status, businessStatus: businessStatus(business) };
}

function impliedIn({ extension = [] }: Task): number {
  return extension.filter(({ url }) => url === impliedTurnExtension).length;
}
