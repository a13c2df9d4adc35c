import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4';

/** A message or an operation that was not taken. */
export class MessageRefused extends Error {
  /** Of the last answer; 0 where there was none. */
  readonly status: number;
  /** What the other side says is wrong, where it says so. */
  readonly outcome: OperationOutcome | undefined;
  readonly tries: number;
  /** It may be taken later, sent again as it is: every try failed for a reason that may pass. */
  readonly mayComeLater: boolean;
  /**
   * Its ids or key were used before for other bytes, and whether those were taken is not told: look for what they made before you
   * send another one.
   */
  readonly wasOther: boolean;

  /** `cause`: why no answer came, or no token was to be had. */
  constructor(refusal: Pick<MessageRefused, 'status' | 'outcome' | 'tries' | 'mayComeLater' | 'cause'>) {
    const { status, outcome, tries, mayComeLater, cause } = refusal;
    super(`Not taken: ${outcome?.issue[0]?.diagnostics ?? `HTTP ${String(status)}`}`, { cause });
    this.name = 'MessageRefused';
    this.status = status;
    this.outcome = outcome;
    this.tries = tries;
    this.mayComeLater = mayComeLater;
    this.wasOther = outcome?.issue.some(isOfOtherBytes) ?? false;
  }
}

function isOfOtherBytes({ code, expression = [] }: OperationOutcomeIssue): boolean {
  return code === 'invalid' && expression.some((header) => header === 'X-Request-Id' || header === 'Idempotency-Key');
}
