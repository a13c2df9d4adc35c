import { randomUUID } from 'node:crypto';
import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4';
import type { Installation } from './installation.js';

export interface Ask {
  /** The client. */
  by: string;
  /** In few words, for the story. */
  what: string;
  /** Number of the referral that it is about. */
  referral: number;
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: object | undefined;
  headers?: Record<string, string> | undefined;
  /** Id of the Task whose turn is asked for. */
  target?: string;
  /** How many ServiceRequests, and Tasks of providers, are wished for. */
  makes?: { requests: number; parts: number };
  /** Proof of repetition: a message is known by its X-Request-Id, anything else has a key. */
  byRequestId?: boolean;
}

/** What was asked and answered; kept of every write, however it ended. */
export interface Entry extends Ask {
  correlationId: string;
  /** Calls that were answered. */
  requestIds: string[];
  status: number;
  /** A version of the resource in the answer: `Task/[id]/_history/3`. */
  made?: string;
  /** Done, by this call or by one before it under the same key. */
  isTaken: boolean;
  said: string;
  calls: number;
}

export interface Answer<R> {
  status: number;
  body: R;
  isTaken: boolean;
}

interface Call {
  status: number;
  headers: Headers;
  body: unknown;
}

interface Posted {
  correlationId: string;
  key: string;
}

/** Carries requests to a process that lives, loses answers and says things twice, and keeps a ledger of all that was told. */
export class Courier {
  readonly ledger: Entry[] = [];
  /** Calls that were answered, of whatever kind. */
  calls = 0;

  constructor(private readonly installation: Installation) {}

  async read<R>(by: string, path: string): Promise<R> {
    const call = await this.#until({ by, what: 'read', referral: -1, method: 'GET', path });
    return call.body as R;
  }

  /** Sent until something was answered; `random` decides what befalls it on its way. */
  async write<R>(ask: Ask, random: () => number): Promise<Answer<R>> {
    const posted = { correlationId: randomUUID(), key: randomUUID() };
    const luck = random();
    const requestIds: string[] = [];
    const send = (): Promise<Call> => this.#until(ask, posted, requestIds);
    if (luck < 0.08) await send(); // the answer is lost
    const [first, second] = await Promise.all([send(), luck > 0.92 ? send() : undefined]);
    // Of two at once the one may be refused for what has passed when the other is tried: the sender knows both answers.
    const call = second && second.status < 300 && first.status >= 300 ? second : first;
    const entry = entryOf({ ...ask, ...posted, requestIds, call });
    this.ledger.push(entry);
    return { status: call.status, body: call.body as R, isTaken: entry.isTaken };
  }

  /** Again and again until a process has said yes or no. */
  async #until(ask: Ask, posted?: Posted, requestIds: string[] = []): Promise<Call> {
    for (let tries = 0; tries < 400; tries += 1) {
      const requestId = ask.byRequestId === true && posted ? posted.key : randomUUID();
      const call = await this.#once(ask, requestId, posted).catch(() => undefined);
      if (call) {
        this.calls += 1;
        if (!spared.includes(call.status)) requestIds.push(requestId);
        if (!isForLater(call)) return call;
      }
      await pause(Math.min(1_000, 20 * 2 ** Math.min(tries, 6)));
    }
    throw new Error(`Nothing was answered to ${ask.method} ${ask.path}.`);
  }

  async #once(
    { by, method, path, body, headers, byRequestId }: Ask,
    requestId: string,
    posted?: Posted,
  ): Promise<Call> {
    const { urls, secret } = this.installation;
    const url = urls[Math.floor(Math.random() * urls.length)] ?? '';
    const keyed = byRequestId === true || !posted ? {} : { 'idempotency-key': `"${posted.key}"` };
    const answer = await fetch(`${url}/fhir${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}-${by}`,
        'x-request-id': requestId,
        ...(posted ? { 'x-correlation-id': posted.correlationId } : {}),
        ...(body ? { 'content-type': 'application/fhir+json' } : {}),
        ...keyed,
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  }
}

/** Of such answers one a second is entered in the audit. */
const spared: readonly number[] = [429, 503];
const later: readonly number[] = [408, 425, 429, 502, 503, 504];

function isForLater({ status, headers, body }: Call): boolean {
  return later.includes(status) || (status === 409 && (headers.has('retry-after') || codeIn(body) === 'transient'));
}

function entryOf({ call, requestIds, ...asked }: Ask & Posted & { call: Call; requestIds: string[] }): Entry {
  const { status, body } = call;
  const made = madeBy(asked, call);
  // A message is refused the second time, because it was taken the first time.
  const isRepeated = asked.byRequestId === true && status === 409 && codeIn(body) === 'duplicate';
  return {
    ...asked,
    body: undefined,
    requestIds: [...new Set(requestIds)],
    calls: requestIds.length,
    status,
    ...(made === undefined ? {} : { made }),
    isTaken: status < 300 || isRepeated,
    said: status < 300 ? '' : saidIn(body),
  };
}

/** The version that an answer names. */
function madeBy({ method, path }: Ask, { headers }: Call): string | undefined {
  const version = /(\w+\/[\w-]+\/_history\/\d+)$/.exec(headers.get('location') ?? '')?.[1];
  const tag = /\d+/.exec(headers.get('etag') ?? '')?.[0];
  return version ?? (tag !== undefined && method === 'PUT' ? `${path.slice(1)}/_history/${tag}` : undefined);
}

function codeIn(body: unknown): string | undefined {
  return issueIn(body)?.code;
}

function saidIn(body: unknown): string {
  return (issueIn(body)?.diagnostics ?? '').slice(0, 160);
}

function issueIn(body: unknown): OperationOutcomeIssue | undefined {
  return (body as Partial<OperationOutcome> | undefined)?.issue?.[0];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
