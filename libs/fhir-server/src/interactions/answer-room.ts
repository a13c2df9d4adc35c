import { error } from '#fhir';
import type { InnerRequest } from '../inner-request.js';
import type { Limits } from '../limits.js';
import type { FhirResponse } from '../operation.js';
import { refused } from '../refused.js';

/** What the answers to the entries of one Bundle may come to together: each may be a long page, and all are one text. */
export class AnswerRoom {
  #left: number;

  constructor(private readonly limits: Limits) {
    this.#left = limits.answerLength;
  }

  /** A read for which no room is left is not asked. */
  refusalOf(inner: InnerRequest): FhirResponse | undefined {
    return isRead(inner) && this.#left <= 0 ? this.#tooLong() : undefined;
  }

  /** The answer, where there is room for it; of a write, which was done, what is left of it without its content. */
  kept(answer: FhirResponse, inner: InnerRequest): FhirResponse {
    const { content = '', status, headers = {} } = answer;
    const fits = content.length <= this.#left;
    this.#left -= content.length;
    if (fits || status >= 400) return answer;
    return isRead(inner) ? this.#tooLong() : { status, headers };
  }

  #tooLong(): FhirResponse {
    const diagnostics = `The answers to a batch or transaction have at most ${String(this.limits.answerLength)} characters together; ask for fewer.`;
    return refused({ status: 413, issues: [error('too-costly', diagnostics)], headers: {} });
  }
}

function isRead({ method = 'GET' }: InnerRequest): boolean {
  return method === 'GET';
}
