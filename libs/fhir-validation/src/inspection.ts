import { error, type Issue, type IssueCode, type IssueSeverity, warning } from '#fhir';
import { type BundleIndex } from './bundle-index.js';
import { type Container } from './container.js';
import { Patience } from './patience.js';

const mostFaults = 100;
const mostWarnings = 50;
const deepest = 100;
const farthest = 5;

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
  patience = new Patience();
  /** Where on the path the resource begins. */
  private resourceAt = 0;
  private warnings = 0;
  private path: (string | number)[] = [];
  private verdicts: Verdicts = new Map();
  /** From one resource to another that it refers to. */
  private hops = 0;

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

  /** Goes into a resource; the answer goes back out. */
  enterResource(resource: unknown): () => void {
    const { resource: outer, resourceAt } = this;
    this.resource = resource;
    this.resourceAt = this.path.length;
    return () => {
      this.resource = outer;
      this.resourceAt = resourceAt;
    };
  }

  /** The elements from the resource to here. */
  namesInResource(): string[] {
    return this.path.slice(this.resourceAt).filter((segment) => typeof segment === 'string');
  }

  /** Whether this is the element that the walk is in. */
  isIn(name: string): boolean {
    return this.path.at(-1) === name || (typeof this.path.at(-1) === 'number' && this.path.at(-2) === name);
  }

  /** Whether the work finds no fault here; what it finds is not told. */
  quietly(work: (quiet: Inspection) => void): boolean {
    const quiet = this.fork();
    quiet.path = [...this.path];
    work(quiet);
    return quiet.faults === 0;
  }

  /** The same for another value, told once for each value and question; while it is being told, and far away, it is yes. */
  verdictOn(value: unknown, question: string, work: (quiet: Inspection) => void): boolean {
    const verdicts = this.verdicts.get(value) ?? new Map<string, boolean>();
    this.verdicts.set(value, verdicts);
    const known = verdicts.get(question);
    if (known !== undefined || this.hops === farthest) return known ?? true;
    verdicts.set(question, true);
    const quiet = this.fork();
    quiet.hops = this.hops + 1;
    quiet.resourceAt = 0;
    work(quiet);
    verdicts.set(question, quiet.faults === 0);
    return quiet.faults === 0;
  }

  private fork(): Inspection {
    const { container, bundle, resource, root, patience, resourceAt, verdicts, hops } = this;
    const quiet = new Inspection('error');
    return Object.assign(quiet, { container, bundle, resource, root, patience, resourceAt, verdicts, hops });
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

/** Of a value, by question. */
type Verdicts = Map<unknown, Map<string, boolean>>;

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
