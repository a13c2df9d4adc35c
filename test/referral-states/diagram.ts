import type { PartTurn, TaskStatus } from '../../apps/referral/src/domain/transitions.js';

const ends: readonly string[] = ['rejected', 'completed', 'failed', 'cancelled'];
/** Where a part stands that may be interrupted, as far as the diagram shows it. */
const interrupted: readonly TaskStatus[] = ['received', 'accepted', 'in-progress'];

/** The turns of a part between values of Task.status, as a Mermaid state diagram. Ways back from an end, and errors, are left to the text. */
export function diagramOf(turns: readonly PartTurn[]): string {
  const arrows = new Map<string, Set<string>>();
  for (const row of turns) {
    for (const [from, to] of waysOf(row)) {
      const said = row.business === 'before' || row.business === 'same' ? (row.asks ?? 'back') : row.business;
      const labels = arrows.get(`${from} --> ${to}`) ?? new Set();
      arrows.set(`${from} --> ${to}`, labels.add(said));
    }
  }
  const lines = [...arrows].map(([arrow, labels]) => `  ${arrow}: ${[...labels].join(', ')}`);
  return ['```mermaid', 'stateDiagram-v2', ...statesOf(turns), ...lines, ...endings(), '```'].join('\n');
}

function waysOf({ from, to, asked }: PartTurn): [string, string][] {
  if (asked === 'by-id' || to === 'entered-in-error') return [];
  if (from.length === 0) return [['[*]', idOf(to)]];
  const statuses = [...new Set(from.map((state) => state.split('/')[0] ?? ''))].filter((status) => !isBack(status, to));
  return statuses.flatMap((status) =>
    targetsOf(status, to).map((target): [string, string] => [idOf(status), idOf(target)]),
  );
}

/** Undoing leads from every end to where it was; drawn, it would hide the rest. */
function isBack(status: string, to: PartTurn['to']): boolean {
  return to === 'before' && ends.includes(status);
}

function targetsOf(status: string, to: PartTurn['to']): readonly string[] {
  if (to === 'same') return [status];
  if (to !== 'before') return [to];
  return status === 'on-hold' ? interrupted : [status];
}

function statesOf(turns: readonly PartTurn[]): string[] {
  const statuses = new Set(turns.flatMap(({ from, to }) => [...from.map((state) => state.split('/')[0] ?? ''), to]));
  return [...statuses]
    .filter((status) => idOf(status) !== status && status !== 'same')
    .map((status) => `  state "${status}" as ${idOf(status)}`);
}

function endings(): string[] {
  return ends.map((status) => `  ${idOf(status)} --> [*]`);
}

function idOf(status: string): string {
  return status.replace(/-/g, '_');
}
