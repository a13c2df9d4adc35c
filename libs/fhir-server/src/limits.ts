import { FhirError } from '#fhir';

/** What one request may ask of this server. Each is set by FhirServerOptions.limits and by GINNEL_LIMIT_… */
export interface Limits {
  /** Of the body, after it was inflated. 413 */
  bodyBytes: number;
  /** Of a batch, transaction or message. 413 */
  bundleEntries: number;
  /** Characters of the answers to the entries of a batch or transaction together. 413 of the entry */
  answerLength: number;
  /** Of the content of a Binary or Attachment. 422 */
  attachmentBytes: number;
  /** Objects and arrays within one another. 400 */
  jsonDepth: number;
  /** Characters of one string in a body. 413 */
  stringLength: number;
  /** Of the query string and the form together. 413 */
  parameters: number;
  /** Resources that one conditional delete may end: more are several, and refused. 412 */
  conditionalDeletes: number;
  /** Resources that one page may include. 413 */
  includes: number;
  /** Largest page of a search or history: who asks for more is given this many. */
  pageCount: number;
  /** Characters of path and query. 414 */
  urlLength: number;
  /** Jobs of one client that are on their way (`Prefer: respond-async`). 429 */
  jobs: number;
  /** Of one organisation that are not off. 422 */
  subscriptions: number;
  /** Seconds for which a finished job's result is kept. */
  jobSeconds: number;
  /** Milliseconds that a request waits for the same one that is under way. 425 */
  repeatWaitMs: number;
  /** Of one client within `requestSeconds`, counted by each process. 429 */
  requests: number;
  requestSeconds: number;
  /** Requests without a valid token of one address within `requestSeconds`, counted by each process. 429 */
  attempts: number;
  /** Requests that one process answers at once; three quarters of them for one client. Others wait. */
  inFlight: number;
  /** Requests that wait. 503 */
  waiting: number;
  /** Milliseconds that a request waits at most: in a burst, and in an overload that lasts. 503 */
  waitMs: number;
  busyWaitMs: number;
  /** Milliseconds until a request is answered, done or not. 504 */
  answerMs: number;
  /** Milliseconds for the headers of a request to arrive, and for the whole of it. 408 */
  headersMs: number;
  arrivalMs: number;
  /** Open connections of one process: more are closed at once. */
  connections: number;
  /** Milliseconds that PostgreSQL works on one statement of a search or a read. 503 */
  queryMs: number;
}

export const usualLimits: Limits = {
  bodyBytes: 1024 * 1024,
  bundleEntries: 500,
  answerLength: 32 * 1024 * 1024,
  attachmentBytes: 1024 * 1024,
  jsonDepth: 64,
  stringLength: 1024 * 1024,
  parameters: 100,
  conditionalDeletes: 1,
  includes: 1_000,
  pageCount: 1_000,
  urlLength: 8_000,
  jobs: 5,
  subscriptions: 100,
  jobSeconds: 3_600,
  repeatWaitMs: 4_000,
  requests: 60_000,
  requestSeconds: 60,
  attempts: 600,
  inFlight: 64,
  waiting: 1_000,
  waitMs: 10_000,
  busyWaitMs: 50,
  answerMs: 50_000,
  headersMs: 10_000,
  arrivalMs: 30_000,
  connections: 10_000,
  queryMs: 15_000,
};

/** The usual ones, but for those that are named. A limit that is no whole number from 1 stops the start. */
export function limitsOf(named: Partial<Limits> = {}): Limits {
  const wrong = Object.entries(named).find(([, value]) => !Number.isSafeInteger(value) || value < 1);
  if (wrong) throw new Error(`The limit ${wrong[0]} must be a whole number from 1.`);
  return { ...usualLimits, ...named };
}

export function refuseLongUrl(url: string, { urlLength }: Limits): void {
  if (url.length <= urlLength) return;
  const diagnostics = `The address is longer than this server takes: ${String(urlLength)} characters. Search by POST to _search.`;
  throw FhirError.of('too-long', diagnostics, { status: 414 });
}

export function refuseManyParameters(query: URLSearchParams, { parameters }: Limits): void {
  if (query.size > parameters) throw FhirError.of('too-costly', `At most ${String(parameters)} parameters are taken.`);
}

/** Of a body that has so many entries, whatever else it is. */
export function refuseManyEntriesIn(received: unknown, limits: Limits): void {
  const entry = typeof received === 'object' && received !== null && 'entry' in received ? received.entry : undefined;
  if (Array.isArray(entry)) refuseManyEntries(entry.length, limits);
}

/** Of Bundle.entry, by its length. */
export function refuseManyEntries(entries: number, { bundleEntries }: Limits): void {
  if (entries <= bundleEntries) return;
  const diagnostics = `A batch, transaction or message may have ${String(bundleEntries)} entries.`;
  throw FhirError.of('too-costly', diagnostics, { expression: 'Bundle.entry' });
}

/** A body that is shorter than the limit holds no longer string. */
export function refuseLongStrings(value: unknown, text: string, { stringLength }: Limits): void {
  if (text.length <= stringLength || !hasLongString(value, stringLength)) return;
  throw FhirError.of(
    'too-long',
    `A string of the body is longer than this server takes: ${String(stringLength)} characters.`,
  );
}

function hasLongString(value: unknown, most: number): boolean {
  if (typeof value === 'string') return value.length > most;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((below) => hasLongString(below, most));
}
