/** What a handler throws for an event that can never succeed: it is parked at once. */
export class Unprocessable extends Error {
  constructor(
    /** Why, in codes and names of elements: operators read it, so it never tells whose. */
    readonly reason: string,
    options?: { cause?: unknown },
  ) {
    super(reason, options);
    this.name = 'Unprocessable';
  }
}

/** Conflicts and throttling pass with time; every other refusal of class 4xx stays one. */
const passing = [409, 423, 425, 429];

export function canNeverSucceed(error: unknown): boolean {
  if (error instanceof Unprocessable) return true;
  const status = refusalStatus(error);
  return status !== undefined && status < 500 && !passing.includes(status);
}

/** Why, in codes and element paths: an error's message may quote a patient. */
export function detailOf(error: unknown): string {
  if (error instanceof Unprocessable) return error.reason;
  if (refusalStatus(error) !== undefined) return issuesOf(error).map(issueDetail).join('; ') || 'no issue given';
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}

/** FhirError is known by its shape: this library stands beside the language of FHIR, not on it. */
function refusalStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('issues' in error) || !Array.isArray(error.issues)) return undefined;
  return 'status' in error && typeof error.status === 'number' ? error.status : 400;
}

function issuesOf(error: unknown): unknown[] {
  return (error as { issues: unknown[] }).issues;
}

function issueDetail(issue: unknown): string {
  const { code, expression } = issue as { code?: unknown; expression?: unknown };
  const paths = Array.isArray(expression) ? expression.join(', ') : '';
  return paths === '' ? String(code) : `${String(code)} at ${paths}`;
}
