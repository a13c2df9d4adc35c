import type { Bundle } from 'fhir/r4';
import { error, FhirError, type Issue, parseJson, stringifyJson } from '#fhir';
import type { DoneRequest } from '#fhir-store';
import { etagOf } from '../headers.js';
import { versionHeaders } from '../interactions/stored-response.js';
import type { FhirResponse } from '../operation.js';
import type { KeyedRequest } from './keyed-request.js';

/** What is kept of an answer beside its status and what it made; no content. */
export interface Kept {
  /** Of a refusal. */
  issues?: readonly Issue[];
  /** Of a batch or transaction: what each entry was answered. */
  bundle?: Bundle;
  headers?: Record<string, string>;
}

/** What a request is answered that was answered before, as its header wants it; throws what is a refusal. */
export async function repeated(keyed: KeyedRequest, done: DoneRequest, baseUrl: string): Promise<FhirResponse> {
  if (done.hash !== keyed.hash) throw otherRequest(keyed);
  const kept = done.answer === null ? {} : (parseJson(done.answer) as Kept);
  if (kept.issues) throw new FhirError(kept.issues, { status: done.status, headers: { ...kept.headers } });
  const headers = { ...kept.headers, ...addressOf(done, baseUrl) };
  if (keyed.by === 'x-request-id') throw duplicate(done, headers);
  return answerOf(keyed, done, { kept, headers, baseUrl });
}

/** Another request under the same key. */
export function otherRequest({ by }: Pick<KeyedRequest, 'by'>): FhirError {
  return by === 'idempotency-key'
    ? FhirError.of('invalid', 'This Idempotency-Key was used for another request; give this one a key of its own.', {
        status: 422,
        expression: 'Idempotency-Key',
      })
    : FhirError.of('invalid', 'This X-Request-Id was used for another request; give this one an id of its own.', {
        status: 400,
        expression: 'X-Request-Id',
      });
}

/** The same is still being done. Where the draft wants 409, its code is not that of what is done already. */
export function tooEarly({ by }: Pick<KeyedRequest, 'by'>): FhirError {
  const headers = { 'retry-after': '1' };
  const diagnostics = 'The same request is being processed; send it again shortly, as it is.';
  return by === 'idempotency-key'
    ? new FhirError([error('conflict', diagnostics)], { status: 409, headers })
    : new FhirError([error('duplicate', diagnostics)], { status: 425, headers });
}

function duplicate({ made }: DoneRequest, headers: Record<string, string>): FhirError {
  const [first, ...more] = made;
  const others = more.length === 0 ? '' : ` and ${String(more.length)} more`;
  const told = first === undefined ? '' : ` It made ${first}${others}.`;
  const diagnostics = `A request with this X-Request-Id was processed before; it is not done again.${told}`;
  return new FhirError([error('duplicate', diagnostics, 'X-Request-Id')], { status: 409, headers });
}

/** The content is what was made then, as far as its reader may still see it. */
async function answerOf(
  { answers, stores, reader }: KeyedRequest,
  { status, made }: DoneRequest,
  { kept, headers, baseUrl }: { kept: Kept; headers: Record<string, string>; baseUrl: string },
): Promise<FhirResponse> {
  if (answers === 'bundle' && status === 200)
    return { status, headers, content: stringifyJson(kept.bundle ?? bundleOfMade(made, baseUrl)) };
  const version = versionIn(made[0]);
  if (answers !== 'resource' || !version || status === 204) return { status, headers };
  const stored = await stores[0].readVersion(version.type, version.id, version.version, reader);
  if (!stored || stored.deleted) return { status, headers };
  return { status, headers: { ...headers, ...versionHeaders(stored) }, content: stored.content };
}

/** Its process died between the commit and the answer: what it made is known, and not by which entry. */
function bundleOfMade(made: readonly string[], baseUrl: string): Bundle {
  const entry = made.map((name) => ({ response: { status: '200 OK', location: `${baseUrl}/${name}` } }));
  return { resourceType: 'Bundle', type: 'transaction-response', entry };
}

function addressOf({ status, made }: DoneRequest, baseUrl: string): Record<string, string> {
  const [name] = made;
  const version = versionIn(name);
  return {
    ...(name === undefined || status === 204 ? {} : { location: `${baseUrl}/${name}` }),
    ...(version ? { etag: etagOf(version.version) } : {}),
  };
}

function versionIn(name = ''): { type: string; id: string; version: number } | undefined {
  const [type, id, , version] = name.split('/');
  if (type === undefined || id === undefined || version === undefined) return undefined;
  return { type, id, version: Number(version) };
}
