import { setTimeout as sleep } from 'node:timers/promises';
import type { Bundle } from 'fhir/r4';
import { parseJson, stringifyJson } from '#fhir';
import { type DoneRequest, type Once, RequestDone, RequestUnderWay } from '#fhir-store';
import { type Refusal, refusalOf } from '../errors.js';
import type { Limits } from '../limits.js';
import type { FhirResponse } from '../operation.js';
import type { KeyedRequest } from './keyed-request.js';
import { type Kept, otherRequest, repeated, tooEarly } from './repeated.js';

/**
 * Requests that come again have one effect. What a request does is committed together with its key, so that no time is lost
 * beforehand and nothing outlives a process that dies: who comes second breaks the key at the latest when it commits, and is
 * told what the first one did. docs/decisions/0030-idempotency.md
 */
export class OnceOnly {
  readonly #underWay = new Map<string, UnderWay>();
  /** Answered lately by this process: a repetition is not tried again, which would cost those who commit beside it. */
  readonly #known = new Set<string>();

  constructor(
    private readonly options: {
      limits: Pick<Limits, 'repeatWaitMs'>;
      baseUrl: string;
      now: () => Date;
    },
  ) {}

  /** Does the work under this key, or waits for who does it, for as long as the limit says. */
  async answer(keyed: KeyedRequest, work: (once: Once) => Promise<FhirResponse>): Promise<FhirResponse> {
    const end = Date.now() + this.options.limits.repeatWaitMs;
    let done = keyed.answers === 'bundle' || this.#known.has(keyed.key) ? await find(keyed) : undefined;
    while (!done) {
      const other = this.#underWay.get(keyed.key);
      const response = other ? undefined : await this.#begin(keyed, work);
      if (response) return response;
      await (other ? ended(other, keyed, end) : pause(keyed, end));
      done = await find(keyed);
    }
    return this.#repeated(keyed, done);
  }

  /** Undefined where another process is committing the same. */
  async #begin(keyed: KeyedRequest, work: (once: Once) => Promise<FhirResponse>): Promise<FhirResponse | undefined> {
    let end = (): void => undefined;
    const ends = new Promise<void>((resolve) => (end = resolve));
    this.#underWay.set(keyed.key, { hash: keyed.hash, ends });
    try {
      const once: Once = { key: keyed.key, hash: keyed.hash };
      const outcome = await outcomeOf(() => work(once));
      return await this.#settled(keyed, once, outcome);
    } finally {
      this.#remember(keyed.key);
      this.#underWay.delete(keyed.key);
      end();
    }
  }

  async #settled(keyed: KeyedRequest, once: Once, outcome: Outcome): Promise<FhirResponse | undefined> {
    if ('response' in outcome) return this.#answered(keyed, once, outcome.response);
    const { thrown } = outcome;
    if (thrown instanceof RequestUnderWay) return undefined;
    if (once.isWritten === true) throw thrown;
    const refusal = refusalOf(thrown);
    const before = await this.#before(keyed, { thrown, refusal });
    if (before) return this.#repeated(keyed, before);
    throw thrown;
  }

  /** An answer that came with no commit is remembered before it goes out. */
  async #answered(keyed: KeyedRequest, once: Once, response: FhirResponse): Promise<FhirResponse> {
    const [store] = keyed.stores;
    const kept = keptOf(keyed, response);
    if (once.isWritten === true) {
      if (kept !== null && keyed.by === 'idempotency-key')
        for (const each of keyed.stores) await each.requests.complete(keyed.key, kept);
      return response;
    }
    const { status } = response;
    const done = { status, made: madeBy(response, this.options.baseUrl), answer: kept };
    const before = await store.requests.record(once, done, this.options.now());
    return before ? this.#repeated(keyed, before) : response;
  }

  /** What became of the same request before, where this one was refused; a refusal that would come again is remembered. */
  async #before(
    keyed: KeyedRequest,
    { thrown, refusal: { status, issues, headers } }: { thrown: unknown; refusal: Refusal },
  ): Promise<DoneRequest | undefined> {
    if (thrown instanceof RequestDone) return find(keyed);
    if (status >= 500 || isShort.includes(status)) return undefined;
    const done = await find(keyed);
    if (done || !isLasting.includes(status)) return done;
    const answer = stringifyJson({ issues, headers } satisfies Kept);
    if (answer.length > longestRefusal) return undefined;
    return keyed.stores[0].requests.record(keyed, { status, made: [], answer }, this.options.now());
  }

  #remember(key: string): void {
    const [oldest] = this.#known;
    if (this.#known.size >= mostKnown && oldest !== undefined) this.#known.delete(oldest);
    this.#known.add(key);
  }

  #repeated(keyed: KeyedRequest, done: DoneRequest): Promise<FhirResponse> {
    return repeated(keyed, done, this.options.baseUrl);
  }
}

interface UnderWay {
  hash: string;
  /** Never rejected. */
  ends: Promise<void>;
}

type Outcome = { response: FhirResponse } | { thrown: unknown };

/** Keys; each is at most a few hundred letters. */
const mostKnown = 10_000;

/** How soon a request is tried again that another process is committing. */
const pollMs = 50;

/** Refusals that the same request would meet again: of its form and of its content. What is absent, forbidden or locked may not stay so. */
const isLasting: readonly number[] = [400, 405, 413, 415, 422];

/** Nobody knows yet, and nothing was done. */
const isShort: readonly number[] = [408, 425, 429];

/** A longer one is found anew: it would come again. */
const longestRefusal = 64 * 1024;

async function outcomeOf(work: () => Promise<FhirResponse>): Promise<Outcome> {
  try {
    return { response: await work() };
  } catch (thrown) {
    return { thrown };
  }
}

async function find({ key, stores }: KeyedRequest): Promise<DoneRequest | undefined> {
  const found = await Promise.all(stores.map((store) => store.requests.find(key)));
  return found.find((done) => done !== undefined);
}

/** Waits for the same in this process. */
async function ended({ hash, ends }: UnderWay, keyed: KeyedRequest, end: number): Promise<void> {
  if (hash !== keyed.hash) throw otherRequest(keyed);
  const waits = new AbortController();
  const late = sleep(Math.max(0, end - Date.now()), true, { signal: waits.signal }).catch(() => true);
  const isLate = await Promise.race([ends.then(() => false), late]);
  waits.abort();
  if (isLate) throw tooEarly(keyed);
}

/** Waits a little for the same in another process. */
async function pause(keyed: KeyedRequest, end: number): Promise<void> {
  if (Date.now() + pollMs > end) throw tooEarly(keyed);
  await sleep(pollMs);
}

/** Of a Bundle each entry's status and addresses, of what comes later its address; nothing that an answer's reference tells. */
function keptOf({ answers }: KeyedRequest, { content, headers = {} }: FhirResponse): string | null {
  const { 'content-location': later } = headers;
  if (later !== undefined) return stringifyJson({ headers: { 'content-location': later } } satisfies Kept);
  if (answers !== 'bundle' || content === undefined) return null;
  const { type, entry = [] } = parseJson(content) as Bundle;
  const entries = entry.map(({ response }) => {
    const { status = '', location, etag, lastModified } = response ?? {};
    return { response: { status, ...defined({ location, etag, lastModified }) } };
  });
  const bundle: Bundle = { resourceType: 'Bundle', type, ...(entries.length === 0 ? {} : { entry: entries }) };
  return stringifyJson({ bundle } satisfies Kept);
}

function defined(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** What was found in the place of being made. */
function madeBy({ headers = {} }: FhirResponse, baseUrl: string): string[] {
  const { location = '' } = headers;
  return location.startsWith(`${baseUrl}/`) ? [location.slice(baseUrl.length + 1)] : [];
}
