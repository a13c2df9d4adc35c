import { type Goal, type MeasuredRow, type MeasuredSide, reached } from './comparison.js';
import type { Spread } from './statistics.js';

const head = ['row', 'side', 'per second', '(min to max)', 'p50 ms', 'p99 ms', 'ratio', '(min to max)'];

/** All rows as one table, and under it what became of the goals. */
export function reportOf(rows: readonly MeasuredRow[]): string {
  const lines = rows.flatMap((row) => row.sides.map((side, at) => cellsOf(row, side, at)));
  return [...table([head, ...lines]), '', ...rows.flatMap(goalLines)].join('\n');
}

function cellsOf(row: MeasuredRow, side: MeasuredSide, at: number): string[] {
  const ratio = row.ratios.find(({ to }) => to === side.name);
  return [
    at === 0 ? row.name : '',
    side.name,
    number(side.rate.median),
    range(side.rate),
    number(side.p50.median),
    number(side.p99.median),
    ratio ? ratio.median.toFixed(2) : '',
    ratio ? `(${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})` : '',
  ];
}

function goalLines(row: MeasuredRow): string[] {
  return row.goals.map((goal) => {
    const value = reached(goal, row);
    const measured = Number.isNaN(value) ? 'nothing' : measuredAs[goal.of](value);
    return `${goal.met ? 'met   ' : 'MISSED'}  ${row.name}: ${wish(goal)}; measured ${measured}`;
  });
}

const milliseconds = (value: number): string => `${number(value)} ms`;
const measuredAs: Record<Goal['of'], (value: number) => string> = {
  ratio: (value) => value.toFixed(2),
  times: (value) => `${value.toFixed(2)} times`,
  p50: milliseconds,
  p99: milliseconds,
};

function wish(goal: Goal): string {
  if (goal.of === 'ratio') return `at least ${String(goal.atLeast)} of "${goal.to}"`;
  if (goal.of === 'times') return `${goal.by} at most ${String(goal.atMost)} times that of "${goal.to}"`;
  return `${goal.of} at most ${String(goal.atMost)} ms`;
}

function range({ min, max }: Spread): string {
  return `(${number(min)} to ${number(max)})`;
}

/** Three digits that mean something, no more. */
function number(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** First two columns to the left, numbers to the right. */
function table(lines: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, at) => Math.max(...lines.map((cells) => cells[at]?.length ?? 0)));
  return lines.map((cells) =>
    cells
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
