/** The ids that one request bears, from the caller or made here, through logs, events and answers. */
export interface Correlation {
  requestId: string;
  correlationId: string;
  /** W3C trace context of the caller, where it sent a valid one. https://www.w3.org/TR/trace-context/ */
  traceparent?: string;
}

export const requestIdHeader = 'x-request-id';
export const correlationIdHeader = 'x-correlation-id';

const acceptable = /^[\w.:/+=-]{1,128}$/;
const trace = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Ten digits by themselves, as an NHS number is written. */
const personal = /(?<![\da-z])\d{3}-?\d{3}-?\d{4}(?![\da-z])/i;

/** An id that may be logged, stored and echoed: no spaces, no control characters, at most 128, and nothing like an NHS number. */
export function isCorrelationId(value: string): boolean {
  return acceptable.test(value) && !personal.test(value);
}

/** What cannot be used as an id is replaced by a new one; an invalid traceparent is dropped, as its specification asks. */
export function correlationOf(headers: Readonly<Record<string, unknown>>, newId: () => string): Correlation {
  const sent = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' && isCorrelationId(value) ? value : newId();
  };
  const { traceparent } = headers;
  return {
    requestId: sent(requestIdHeader),
    correlationId: sent(correlationIdHeader),
    ...(typeof traceparent === 'string' && trace.test(traceparent) ? { traceparent } : {}),
  };
}
