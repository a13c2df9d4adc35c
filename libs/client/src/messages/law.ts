// The Booking and Referral Standard's law of retries.
// https://digital.nhs.uk/developer/api-catalogue/booking-and-referral-fhir
import type { Bundle, OperationOutcome } from 'fhir/r4';
import type { MessageIds } from './message-ids.js';

/** An answer of the other side; status 0 where none came. */
export interface Answered {
  status: number;
  headers: Headers;
  body: unknown;
}

/** `received` and `received-before` are proof of receipt; `again` may succeed later; `refused` never will. */
export type Judgement = 'received' | 'received-before' | 'again' | 'refused';

/** What an answer means for the message that was sent under these ids. */
export function judgeAnswer(answered: Answered, ids: MessageIds): Judgement {
  const { status, body } = answered;
  if (!echoes(answered, ids)) return 'again';
  if (status >= 200 && status < 300) return 'received';
  const outcome = outcomeIn(body);
  if (!outcome) return 'again';
  if (status === 409 && outcome.issue.some(({ code }) => code === 'duplicate')) return 'received-before';
  return mayPass(answered) || isOfTheProxy(outcome) ? 'again' : 'refused';
}

const passing: readonly number[] = [0, 408, 425, 429, 500, 502, 503, 504];

/**
 * The same may be taken later: none answered, or only not now. A conflict passes where it is with the same request, still being
 * done, or with writers at the same moment; one with what is there does not.
 */
export function mayPass({ status, headers, body }: Answered): boolean {
  if (status !== 409) return passing.includes(status);
  const issues = outcomeIn(body)?.issue ?? [];
  return headers.has('retry-after') || issues.some(({ code }) => code === 'transient');
}

const firstWaitMs = 500;
const longestWaitMs = 60_000;

/** However long the other side asks for. */
const longestAskedMs = 3_600_000;

/**
 * Milliseconds before the next try: what the other side asks for, an hour at most; otherwise twice as long each time, with a
 * share of chance.
 */
export function waitBefore(attempt: number, { headers }: Answered, chance: number): number {
  const askedMs = retryAfterMs(headers);
  if (askedMs !== undefined) return Math.min(longestAskedMs, askedMs);
  const whole = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1));
  return whole / 2 + (whole / 2) * chance;
}

export function outcomeIn(body: unknown): OperationOutcome | undefined {
  const resource = body as OperationOutcome | Bundle | null | undefined;
  return resource?.resourceType === 'OperationOutcome' ? resource : undefined;
}

/** Seconds, or a date, which is held against the other side's own clock where it tells the time. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!text.endsWith('GMT')) return undefined;
  const now = Date.parse(headers.get('date') ?? '');
  const ms = Date.parse(text) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** The token may have ended, or somebody has to mend what it is good for. */
export function asksForNewToken({ status, body }: Answered): boolean {
  return status === 401 || codesIn(outcomeIn(body)).includes('SEND_FORBIDDEN');
}

function echoes({ headers }: Answered, { requestId, correlationId }: MessageIds): boolean {
  return isSame(headers.get('x-request-id'), requestId) && isSame(headers.get('x-correlation-id'), correlationId);
}

function isSame(echoed: string | null, sent: string): boolean {
  return echoed?.toLowerCase() === sent.toLowerCase();
}

function isOfTheProxy(outcome: OperationOutcome): boolean {
  return codesIn(outcome).some((code) => code === 'SEND_FORBIDDEN' || /^PROXY_.*TIMEOUT$/.test(code));
}

function codesIn(outcome: OperationOutcome | undefined): string[] {
  const issues = outcome?.issue ?? [];
  return issues.flatMap(({ details }) => (details?.coding ?? []).map(({ code }) => code ?? ''));
}
