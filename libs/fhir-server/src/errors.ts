import { error, FhirError, type Issue } from '#fhir';
import { DuplicateKey } from '#fhir-store';
import { type Failure, failureOf } from '#observability';
import { withBarsCodes } from './bars-codes.js';
import type { Headers } from './headers.js';

/** How an error is answered. */
export interface Refusal {
  status: number;
  issues: readonly Issue[];
  headers: Headers;
  /** What the log says of an error that nobody meant to happen. */
  failure?: Failure;
}

/** The one place that turns an error into status and issues. */
export function refusalOf(thrown: unknown, { bars = false }: { bars?: boolean } = {}): Refusal {
  const refusal = expected(thrown) ?? unexpected(thrown);
  return bars ? ofReceiver(refusal) : refusal;
}

/** To a receiver the standard gives 408 for what took too long, since 504 is of what stands in front of it, and 422 for what is too large. */
function ofReceiver({ status: usual, issues, ...rest }: Refusal): Refusal {
  if (usual !== 413) {
    const status = usual === 504 ? 408 : usual;
    return { ...rest, status, issues: withBarsCodes(issues, status) };
  }
  const told = issues.map((issue) => (issue.code === 'too-long' ? { ...issue, code: 'too-costly' as const } : issue));
  return { ...rest, status: 422, issues: withBarsCodes(told, 422) };
}

function expected(thrown: unknown): Refusal | undefined {
  if (thrown instanceof FhirError) {
    const { status, issues, headers } = thrown;
    return {
      status,
      issues,
      headers,
      ...(status >= 500 && thrown.cause !== undefined ? { failure: failureOf(thrown) } : {}),
    };
  }
  if (thrown instanceof DuplicateKey) {
    return { status: 409, issues: [error('duplicate', thrown.message)], headers: {} };
  }
  return ofFramework(thrown);
}

const byStatus: Record<number, Issue> = {
  408: error('timeout', 'The request did not arrive in time; send it again.'),
  413: error('too-long', 'The body is longer than this server takes.'),
  414: error('too-long', 'The address is longer than this server takes; search by POST to _search.'),
  415: error('not-supported', 'Content-Type is not a media type that this server takes; send application/fhir+json.'),
  431: error('too-long', 'The headers are longer than this server takes.'),
};

/** Faults of the request that Fastify or Node found before us; their messages quote it, so ours stand instead. */
function ofFramework(thrown: unknown): Refusal | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return undefined;
  const { statusCode } = thrown;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined;
  return refusalOfStatus(statusCode);
}

/** The answer to a fault that is known by its HTTP status only. */
export function refusalOfStatus(status: number): Refusal {
  const issue =
    byStatus[status] ??
    error('invalid', 'This is not a well-formed HTTP request: check its address, headers and length.');
  return { status, issues: [issue], headers: {} };
}

function unexpected(thrown: unknown): Refusal {
  const failure = failureOf(thrown);
  const code = codeOf(thrown);
  if (code !== undefined && unavailable.test(code)) {
    const issue = error(
      'transient',
      'Something that this server needs is not available now; send the request again shortly.',
    );
    return { status: 503, issues: [issue], headers: { 'retry-after': '5' }, failure };
  }
  const issue = error(
    'exception',
    'This server failed. Its log tells the cause under the X-Request-Id of this answer.',
  );
  return { status: 500, issues: [issue], headers: {}, failure };
}

/** Connection refused or lost; PostgreSQL starting, stopping or short of something; a statement over its time, or in another's way. */
const unavailable =
  /^(E(CONNREFUSED|CONNRESET|PIPE|HOSTUNREACH|TIMEDOUT)|08...|57P0.|57014|53...|40001|40P01|55P03|25P0[34])$/;

function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown.cause === undefined ? undefined : codeOf(thrown.cause);
}
