import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4';

export type IssueSeverity = OperationOutcomeIssue['severity'];
export type IssueCode = OperationOutcomeIssue['code'];

/** One fault or remark about what was sent. https://hl7.org/fhir/R4/operationoutcome.html */
export interface Issue {
  severity: IssueSeverity;
  code: IssueCode;
  /** A sentence for the integrator: what was found, what is allowed. Never personal data. */
  diagnostics: string;
  /** FHIRPath of the element, such as `Task.status` or `Bundle.entry[2].resource.subject`. */
  expression?: string[];
  /** A code of another system beside the FHIR one, such as BaRS' `REC_BAD_REQUEST`. */
  details?: OperationOutcomeIssue['details'];
  /** What a machine reads of it, such as an activity that could be asked instead. */
  extension?: OperationOutcomeIssue['extension'];
}

/** The only error thrown on purpose: what cannot go on, with its issues and, where the code does not imply it, its HTTP status. */
export class FhirError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly issues: readonly Issue[],
    options: { status?: number; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(issues.map((issue) => issue.diagnostics).join(' '), { cause: options.cause });
    this.name = 'FhirError';
    this.status = options.status ?? statusOf(issues);
    this.headers = options.headers ?? {};
  }

  /** One error issue. */
  static of(
    code: IssueCode,
    diagnostics: string,
    more: { expression?: string; status?: number; cause?: unknown } = {},
  ): FhirError {
    return new FhirError([error(code, diagnostics, more.expression)], more);
  }
}

export function error(code: IssueCode, diagnostics: string, expression?: string): Issue {
  return { severity: 'error', code, diagnostics, ...at(expression) };
}

export function warning(code: IssueCode, diagnostics: string, expression?: string): Issue {
  return { severity: 'warning', code, diagnostics, ...at(expression) };
}

export function isFault(issue: Issue): boolean {
  return issue.severity === 'error' || issue.severity === 'fatal';
}

/** Faults first: many clients show the first issue only. */
export function operationOutcome(issues: readonly Issue[]): OperationOutcome {
  const ordered = [...issues.filter(isFault), ...issues.filter((issue) => !isFault(issue))];
  return { resourceType: 'OperationOutcome', issue: ordered.map((issue) => ({ ...issue })) };
}

function at(expression: string | undefined): Pick<Issue, 'expression'> {
  return expression === undefined ? {} : { expression: [expression] };
}

const statuses: Partial<Record<IssueCode, number>> = {
  login: 401,
  expired: 401,
  unknown: 401,
  forbidden: 403,
  security: 403,
  'not-found': 404,
  deleted: 410,
  conflict: 409,
  duplicate: 409,
  'multiple-matches': 412,
  'too-long': 413,
  'too-costly': 413,
  throttled: 429,
  exception: 500,
  'no-store': 500,
  transient: 503,
  timeout: 503,
  'lock-error': 503,
};

function statusOf(issues: readonly Issue[]): number {
  const first = issues.find(isFault);
  return (first && statuses[first.code]) ?? 400;
}
