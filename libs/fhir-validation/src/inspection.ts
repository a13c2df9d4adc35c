import { error, type Issue, type IssueCode, type IssueSeverity, warning } from '#fhir';
import { type BundleIndex } from './bundle-index.js';
import { type Container } from './container.js';
import { Patience } from './patience.js';

const mostFaults = 100;
const mostWarnings = 50;
const deepest = 100;

/** What is asked for: faults, also warnings, also remarks on what is allowed. */
export type Level = Exclude<IssueSeverity, 'fatal'>;

/** One walk through one resource: where it stands, what it has found, and whether it goes on. */
export class Inspection {
  readonly issues: Issue[] = [];
  faults = 0;
  /** Set when there is nothing to gain by going on; every loop looks at it. */
  stopped = false;
  /** The resource that holds the contained resources here. */
  container: Container | undefined;
  /** The Bundle whose entry this is. */
  bundle: BundleIndex | undefined;
  /** The resource that the walk is in. */
  resource: unknown;
  /** The same, or the resource that contains it. */
  root: unknown;
  readonly patience = new Patience();
  private warnings = 0;
  private readonly path: (string | number)[] = [];

  constructor(private readonly level: Level = 'warning') {}

  enter(segment: string | number): void {
    this.path.push(segment);
  }

  leave(): void {
    this.path.pop();
  }

  /** Reports a fault here, or at an element below (`link.other`). */
  fault(code: IssueCode, diagnostics: string, below = ''): void {
    if (this.stopped) return;
    if (this.faults === mostFaults) {
      this.stop();
      return;
    }
    this.faults += 1;
    this.issues.push(error(code, diagnostics, this.expression(below)));
  }

  /** Warnings never end the walk: a fault may come after them. */
  warn(code: IssueCode, diagnostics: string, below = ''): void {
    if (!this.isAskedFor('warning') || this.warnings === mostWarnings) return;
    this.warnings += 1;
    this.issues.push(warning(code, diagnostics, this.expression(below)));
  }

  /** What is allowed and worth knowing. */
  remark(code: IssueCode, diagnostics: string, below = ''): void {
    if (!this.isAskedFor('information') || this.warnings === mostWarnings) return;
    this.warnings += 1;
    this.issues.push({ ...warning(code, diagnostics, this.expression(below)), severity: 'information' });
  }

  isAskedFor(level: Level): boolean {
    return !this.stopped && (this.level === 'information' || level === 'error' || this.level === level);
  }

  /** Ends the walk, with one fault, where elements are nested deeper than any sensible resource's. */
  isTooDeep(): boolean {
    if (this.path.length <= deepest) return false;
    this.fault('structure', `Elements are nested deeper than ${String(deepest)} levels; nothing below was looked at.`);
    this.stopped = true;
    return true;
  }

  private stop(): void {
    this.stopped = true;
    const diagnostics = `There are more than ${String(mostFaults)} faults; only the first ${String(mostFaults)} are listed.`;
    this.issues.push({ severity: 'information', code: 'informational', diagnostics });
  }

  private expression(below: string): string | undefined {
    const segments = below === '' ? this.path : [...this.path, below];
    if (segments.length === 0) return undefined;
    return segments.map(written).join('');
  }
}

/** What checks a value where the walk stands. */
export type Check = (value: unknown, inspection: Inspection) => void;

/** The check, and further ones that may trust its findings: they are tried only where it found no fault. */
export function soundly(check: Check, further: readonly Check[]): Check {
  if (further.length === 0) return check;
  return (value, inspection) => {
    const before = inspection.faults;
    check(value, inspection);
    if (inspection.faults !== before || inspection.stopped) return;
    for (const rule of further) rule(value, inspection);
  };
}

function written(segment: string | number, index: number): string {
  if (typeof segment === 'number') return `[${String(segment)}]`;
  return index === 0 || segment.startsWith('[') ? segment : `.${segment}`;
}
