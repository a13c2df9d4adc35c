import type { OperationOutcome } from 'fhir/r4';
import type { DeliveryOutcome, WebhookAnswer } from '../delivery.js';

/** `taken`: the other side has it; `again`: it is tried once more; `refused`: it will never be taken as it is. */
export interface MessageVerdict {
  verdict: 'taken' | 'again' | 'refused';
  /** `409 REC_CONFLICT`, `timeout`: codes, never what the other side wrote. */
  error?: string;
}

/** The ids that every try bears, and that an answer echoes. */
export interface MessageIds {
  requestId: string;
  correlationId: string;
}

/** Codes by which a later try may succeed, whatever the status: tokens are renewed, gates open, services come back. */
const passing = /^(REC_TIMEOUT|REC_TOO_EARLY|(REC|SEND)_TOO_MANY_REQUESTS|REC_(SERVICE_)?UNAVAILABLE|SEND_FORBIDDEN)$/;
const passingStatuses: readonly number[] = [408, 425, 429];

/**
 * What an answer to a message means, by the retry rules of BaRS Core: a duplicate is proof of receipt; an answer that does not echo
 * both ids, or an error that says nothing, is none, for something between may have given it.
 */
export function judgeAnswer(outcome: DeliveryOutcome, ids: MessageIds): MessageVerdict {
  if (!('status' in outcome)) {
    const verdict = outcome.failure === 'endpoint-not-allowed' ? 'refused' : 'again';
    return { verdict, error: outcome.failure };
  }
  const { status, answer } = outcome;
  if (!answer || !echoes(answer, ids)) return { verdict: 'again', error: `${String(status)} without its ids` };
  if (status >= 200 && status < 300) return { verdict: 'taken' };
  return judgeFault(status, issuesIn(answer));
}

function judgeFault(status: number, issues: OperationOutcome['issue']): MessageVerdict {
  if (status === 409 && issues.some(({ code }) => code === 'duplicate')) return { verdict: 'taken' };
  const code = issues.flatMap(codesOf).find(isBarsCode);
  const error = code === undefined ? String(status) : `${String(status)} ${code}`;
  const mayPass = passingStatuses.includes(status) || (status >= 500 && status !== 501) || isPassing(code ?? '');
  return { verdict: issues.length === 0 || mayPass ? 'again' : 'refused', error };
}

function echoes({ headers }: WebhookAnswer, { requestId, correlationId }: MessageIds): boolean {
  const said = (name: string) => [headers[name]].flat()[0]?.toLowerCase();
  return said('x-request-id') === requestId.toLowerCase() && said('x-correlation-id') === correlationId.toLowerCase();
}

/** No issue where the body is no OperationOutcome in JSON or XML; of XML only that it is one, and its codes, is read. */
function issuesIn({ body }: WebhookAnswer): OperationOutcome['issue'] {
  if (body.trimStart().startsWith('<')) return issuesInXml(body);
  const value = parsed(body) as Partial<OperationOutcome> | null | undefined;
  if (value?.resourceType !== 'OperationOutcome') return [];
  return Array.isArray(value.issue) ? value.issue : [];
}

function issuesInXml(body: string): OperationOutcome['issue'] {
  if (!/<OperationOutcome[\s>]/.test(body)) return [];
  const codes = [...body.matchAll(/<code\s+value\s*=\s*["']([^"']{1,64})["']/g)].map(([, code = '']) => code);
  const issue = codes.map((code) => ({ severity: 'error', code, details: { coding: [{ code }] } }));
  return issue as OperationOutcome['issue'];
}

function codesOf({ details }: OperationOutcome['issue'][number]): string[] {
  const { coding } = (details ?? {}) as { coding?: unknown };
  return Array.isArray(coding) ? coding.map((one) => String((one as { code?: unknown }).code)) : [];
}

/** Of the standard's own shape, so that nothing else of the other side's is written down here. */
function isBarsCode(code: string): boolean {
  return /^[A-Z][A-Z_]{2,40}$/.test(code);
}

function isPassing(code: string): boolean {
  return passing.test(code) || /^PROXY_.*(TIMEOUT|UNAVAILABLE)/.test(code);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
