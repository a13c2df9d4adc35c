import { createHash } from 'node:crypto';
import type { Caller } from '#auth';
import { FhirError } from '#fhir';
import type { FhirStore, Once } from '#fhir-store';
import { requestIdHeader } from '#observability';
import type { Headers } from '../headers.js';
import type { FhirRequest } from '../operation.js';
import { isTold } from '../permission.js';
import type { Route } from '../route.js';
import type { Faces } from '../faces.js';
import type { Transactions } from '../transaction/transactions.js';

export const idempotencyKeyHeader = 'idempotency-key';

/** A write that may come again: the same any number of times has one effect. */
export interface KeyedRequest extends Once {
  /** Who named it: the header decides how a repetition is answered. A part of a batch is answered as the first time. */
  by: 'x-request-id' | 'idempotency-key' | 'part';
  /** The stores of this process that may remember it; the first of them keeps what none of them commits. */
  stores: readonly [FhirStore, ...FhirStore[]];
  /** What kind of content its answer has. */
  answers: 'resource' | 'bundle' | 'other';
  /** Who may read what it made. */
  reader: Caller['audience'];
}

/** What was sent, as it was sent. */
export interface Sent {
  method: string;
  url: string;
  headers: Headers;
  body: unknown;
}

/** What tells which service keeps a key. */
interface Keepers {
  faces: Faces;
  transactions: Transactions;
}

/** The request under its key; undefined for one that changes nothing or bears none. Idempotency-Key goes before X-Request-Id. */
export function keyedRequestOf(
  sent: Sent,
  { route, caller, serving }: { route: Route; caller: Caller; serving: Keepers },
): KeyedRequest | undefined {
  if (!changesState(route, sent.method)) return undefined;
  const { [requestIdHeader]: requestId, [idempotencyKeyHeader]: idempotencyKey } = sent.headers;
  if (requestId === undefined && idempotencyKey === undefined) return undefined;
  const who = [caller.client, ...(caller.user === undefined ? [] : [digest(caller.user)])];
  const id = idempotencyKey === undefined ? ['x', requestId?.toLowerCase()] : ['k', digest(keyIn(idempotencyKey))];
  return {
    by: idempotencyKey === undefined ? 'x-request-id' : 'idempotency-key',
    key: [id[0], ...who, id[1]].join('|'),
    hash: hashOf(sent),
    ...placeKept(route, caller, serving),
    reader: caller.audience,
  };
}

/** A write within a batch: what it did stands under the batch's key and its place. */
export function partOf(
  { key, hash }: Once,
  { route, caller, serving }: { route: Route; caller: Caller; serving: Keepers },
): KeyedRequest {
  return { by: 'part', key, hash, ...placeKept(route, caller, serving), reader: caller.audience };
}

/** The request, so that its commits bear its key. */
export function withOnce(request: FhirRequest, once: Once): FhirRequest {
  return { ...request, act: { ...request.act, once } };
}

export function changesState(route: Route, method: string): boolean {
  if (route.interaction === 'operation') return method === 'POST' && route.operation.definition.affectsState;
  return ['create', 'update', 'patch', 'delete', 'transaction'].includes(route.interaction);
}

/** The key of the request's place within another one. */
export function placeOf({ key, hash }: Once, place: number): Once {
  return { key: `${key}#${String(place)}`, hash: digest(`${hash}#${String(place)}`) };
}

function placeKept(route: Route, caller: Caller, serving: Keepers): Pick<KeyedRequest, 'answers' | 'stores'> {
  return { answers: answersOf(route, caller), stores: storesOf(route, serving) };
}

function answersOf(route: Route, caller: Caller): KeyedRequest['answers'] {
  if (route.interaction === 'transaction') return 'bundle';
  if (route.interaction === 'operation')
    return route.operation.definition.answersWritten === true ? 'resource' : 'other';
  if (!('served' in route)) return 'other';
  const status = route.interaction === 'create' ? 201 : 200;
  return isTold(caller, { type: route.served.type, status }) ? 'resource' : 'other';
}

/** A service keeps the keys of its own types; a Bundle may be of any. */
function storesOf(route: Route, { faces, transactions }: Keepers): KeyedRequest['stores'] {
  if ('served' in route) return [route.served.face.store];
  const { store } = transactions.coordinator();
  if (route.interaction === 'operation') {
    const face = faces.faceOf(route.operation) ?? faces.typeNamed(route.type ?? '')?.face;
    return [face?.store ?? store];
  }
  const others = new Set(faces.types.map(({ face }) => face.store).filter((other) => other !== store));
  return [store, ...others];
}

/** Headers that make another request of the same body. */
const conditions = ['if-match', 'if-none-match', 'if-none-exist'];

/** Salted with nothing but itself, and kept as long as the key: it tells nothing to who does not know the whole request. */
function hashOf({ method, url, headers, body }: Sent): string {
  const hash = createHash('sha256').update(`${method} ${url}\n`);
  for (const name of conditions) hash.update(`${headers[name] ?? ''}\n`);
  if (typeof body === 'string' || Buffer.isBuffer(body)) hash.update(body);
  return hash.digest('base64url');
}

/** A string of structured fields, or the same without its quotation marks. https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
function keyIn(header: string): string {
  const key = /^"(.*)"$/.exec(header.trim())?.[1] ?? header.trim();
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const diagnostics = 'Idempotency-Key must be 1 to 255 visible ASCII letters, best a UUID: Idempotency-Key: "…"';
  throw FhirError.of('value', diagnostics);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
