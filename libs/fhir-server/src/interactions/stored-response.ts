import { FhirError, isFault, type Issue, operationOutcome, type ResourceId } from '#fhir';
import type { Stored } from '#fhir-store';
import { etagOf, type Headers, preferOf } from '../headers.js';
import type { FhirResponse } from '../operation.js';

/** A version as it is served: its bytes, ETag and Last-Modified. */
export function storedResponse(stored: Stored): FhirResponse {
  return { status: 200, content: stored.content, headers: versionHeaders(stored) };
}

export function versionHeaders({ version, lastUpdated }: Stored): Headers {
  return { etag: etagOf(version), 'last-modified': lastUpdated.toUTCString() };
}

export function versionUrl(baseUrl: string, { type, id, version }: Stored): string {
  return `${baseUrl}/${type}/${id}/_history/${String(version)}`;
}

interface Writing {
  status: 200 | 201 | 204;
  baseUrl: string;
  headers: Headers;
  /** The caller may see what was written. */
  isShown: boolean;
}

/** The answer to a write: with the content, where the client prefers that and may see it. https://hl7.org/fhir/R4/http.html#ops */
export function writtenResponse(stored: Stored | undefined, { isShown, ...writing }: Writing): FhirResponse {
  const { status } = writing;
  const answer = { status, headers: stored ? writtenHeaders(stored, writing) : {} };
  const wanted = preferOf(writing.headers).return;
  if (wanted === 'OperationOutcome') {
    const diagnostics = status === 204 ? 'Deleted.' : 'Stored.';
    const done: Issue = { severity: 'information', code: 'informational', diagnostics };
    return { ...answer, status: status === 204 ? 200 : status, resource: operationOutcome([done]) };
  }
  const isMinimal = wanted === 'minimal' || status === 204 || !isShown;
  return isMinimal || !stored ? answer : { ...answer, content: stored.content };
}

function writtenHeaders(stored: Stored, { status, baseUrl }: Pick<Writing, 'status' | 'baseUrl'>): Headers {
  const location = status === 204 ? {} : { location: versionUrl(baseUrl, stored) };
  return { ...versionHeaders(stored), ...location };
}

/** Of all that was committed, the resource that was asked for: by its id, or the first of its type. */
export function writtenOf(committed: readonly Stored[], { type, id }: ResourceId): Stored {
  const ofType = committed.filter((stored) => stored.type === type);
  const stored = ofType.find((one) => one.id === id) ?? ofType[0];
  if (!stored) throw new Error(`The writes of a ${type} hold no ${type}.`);
  return stored;
}

/** A version that is there and not deleted; "not there" and "not allowed" are one answer. */
export function present(stored: Stored | undefined, type: string): Stored {
  if (!stored) throw FhirError.of('not-found', `There is no ${type} at this address that you may see.`);
  if (stored.deleted) throw FhirError.of('deleted', `This ${type} was deleted.`);
  return stored;
}

/** Issues of one resource inside a Bundle, with their places in that Bundle. */
export function inEntry(thrown: unknown, place: string): unknown {
  if (!(thrown instanceof FhirError)) return thrown;
  const { issues, status, headers } = thrown;
  const placed = issues.map((issue) => ({ ...issue, expression: issue.expression?.map(within(place)) ?? [place] }));
  const known = placed.some(isFault) ? placed : [...issues];
  return new FhirError(known, { status, headers, cause: thrown.cause });
}

/** `Task.status` → `Bundle.entry[2].resource.status`. */
function within(place: string): (expression: string) => string {
  return (expression) => {
    if (expression.startsWith('Bundle.')) return expression;
    return `${place}.resource${expression.replace(/^[A-Z][A-Za-z]*(?=\.|$)/, '').replace(/^(?=[^.[])/, '.')}`;
  };
}
