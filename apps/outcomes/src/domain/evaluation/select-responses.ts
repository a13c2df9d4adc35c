import { endOf, instantOf } from './calendar.js';
import type { EvaluationInput } from './evaluation.js';
import { versionedIdOf } from './versioned-reference.js';
import type { ResponseRow, SetAside, SetAsideReason } from './response-row.js';

/** A row that counts, with the instant at which it was answered. */
export interface DatedRow {
  row: ResponseRow;
  instant: number;
}

/** Which rows count; the others are set aside with the first reason that applies. */
export function selectResponses(input: EvaluationInput): { counted: DatedRow[]; setAside: SetAside[] } {
  const bounds = boundsOf(input);
  const { latest, setAside } = latestVersions(input.rows);
  const counted: DatedRow[] = [];
  for (const row of latest) {
    const instant = instantOf(row.authored);
    const reason = reasonAgainst(row, instant, bounds);
    if (instant !== undefined && reason === undefined) counted.push({ row, instant });
    else setAside.push({ source: row.source, reason: reason ?? 'authored-not-a-day' });
  }
  return { counted, setAside };
}

interface Bounds {
  forms: ReadonlySet<string>;
  enrolled: ReadonlySet<string> | undefined;
  start: number;
  end: number;
  cutOff: number;
}

function boundsOf({ instrument, period, cutOff, enrolled }: EvaluationInput): Bounds {
  return {
    forms: new Set(instrument.forms.map(({ canonical }) => canonical)),
    enrolled: enrolled && new Set(enrolled.map(({ person }) => person)),
    // checked before: see evaluation-input.rule.ts
    start: instantOf(period.start) ?? Number.NaN,
    end: endOf(period.end) ?? Number.NaN,
    cutOff: endOf(cutOff) ?? Number.NaN,
  };
}

function reasonAgainst(row: ResponseRow, instant: number | undefined, bounds: Bounds): SetAsideReason | undefined {
  if (!bounds.forms.has(row.form)) return 'form-of-another-instrument';
  if (row.status !== 'completed' && row.status !== 'amended') return 'not-completed';
  if (instant === undefined) return 'authored-not-a-day';
  if (!(instant >= bounds.start && instant < bounds.end)) return 'outside-period';
  if (!(instant < bounds.cutOff)) return 'after-cut-off';
  return bounds.enrolled === undefined || bounds.enrolled.has(row.person) ? undefined : 'person-not-enrolled';
}

/** A row that is delivered twice counts once; of several versions of one response the last counts. */
function latestVersions(rows: readonly ResponseRow[]): { latest: ResponseRow[]; setAside: SetAside[] } {
  const latest = new Map<string, { row: ResponseRow; version: number }>();
  const superseded = new Set<string>();
  for (const row of rows) {
    const { id, version } = versionedIdOf(row.source);
    const known = latest.get(id);
    if (known === undefined || version > known.version) latest.set(id, { row, version });
    if (known !== undefined && version !== known.version) {
      superseded.add(version > known.version ? known.row.source : row.source);
    }
  }
  return {
    latest: [...latest.values()].map(({ row }) => row),
    setAside: [...superseded].map((source) => ({ source, reason: 'superseded-version' })),
  };
}
