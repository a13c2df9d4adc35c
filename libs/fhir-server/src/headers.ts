import { FhirError } from '#fhir';

export type Headers = Readonly<Record<string, string>>;

export const fhirJson = 'application/fhir+json; charset=utf-8';

/** What a client prefers. https://hl7.org/fhir/R4/http.html#ops */
export interface Prefer {
  return: 'minimal' | 'representation' | 'OperationOutcome';
  /** Unknown search parameters are ignored instead of refused. */
  lenient: boolean;
  /** The answer may come later. */
  async: boolean;
}

/** Preferences that are not known are ignored, as RFC 7240 asks. */
export function preferOf({ prefer = '' }: Headers): Prefer {
  const wanted = /(?:^|[,;]\s*)return=(minimal|representation|OperationOutcome)\b/.exec(prefer)?.[1];
  return {
    return: (wanted as Prefer['return'] | undefined) ?? 'representation',
    async: /(?:^|[,;]\s*)respond-async\b/.test(prefer),
    lenient: /(?:^|[,;]\s*)handling=lenient\b/.test(prefer),
  };
}

export function etagOf(version: number): string {
  return `W/"${String(version)}"`;
}

/** The version that an update wants to replace, or any that is there; undefined where the client does not say. */
export function ifMatchOf(value: string | undefined): number | '*' | undefined {
  if (value === undefined) return undefined;
  if (value.trim() === '*') return '*';
  const version = /^\s*(?:W\/)?"([1-9]\d{0,8})"\s*$/.exec(value)?.[1];
  if (version === undefined) throw FhirError.of('value', 'If-Match must be the ETag of a version, such as W/"3".');
  return Number(version);
}

/** True where the client has this version already. */
export function isKnown(version: number, { 'if-none-match': known }: Headers): boolean {
  if (known === undefined) return false;
  return known.split(',').some((tag) => ['*', etagOf(version), `"${String(version)}"`].includes(tag.trim()));
}

/** True where the client has what was last changed at this time; If-None-Match, which is exact, goes before. */
export function isUnmodified(lastUpdated: Date, headers: Headers): boolean {
  const { 'if-modified-since': since } = headers;
  if (since === undefined || headers['if-none-match'] !== undefined) return false;
  const time = Date.parse(since);
  // Last-Modified tells whole seconds.
  return !Number.isNaN(time) && Math.floor(lastUpdated.getTime() / 1000) * 1000 <= time;
}

/** 415 for a body that is not of these media types, in UTF-8, as they are or gzipped. */
export function refuseOtherBodies(headers: Headers, allowed: readonly string[]): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const encoding = headers['content-encoding'] ?? 'identity';
  if (allowed.includes(type) && parameters.every(isOurParameter) && ['identity', 'gzip'].includes(encoding)) return;
  const diagnostics = `Send the body as ${allowed.join(' or ')}, in UTF-8, as it is or gzipped, and say so in Content-Type and Content-Encoding.`;
  throw FhirError.of('not-supported', diagnostics, { status: 415 });
}

function isOurParameter(parameter: string): boolean {
  if (parameter.startsWith('charset=')) return /^charset="?utf-?8"?$/.test(parameter);
  return !otherVersion(parameter);
}

function otherVersion(parameter: string): boolean {
  return parameter.startsWith('fhirversion=') && !/^fhirversion="?4\.0(\.1)?"?$/.test(parameter);
}
