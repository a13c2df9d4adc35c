import type { JWTPayload } from 'jose';
import { type Caller, type Role, roles } from './caller.js';
import { isMark, readerMarks } from './reader-marks.js';
import type { ClaimOfCaller, TrustedIssuer } from './trusted-issuer.js';

const usualClaims: Readonly<Record<ClaimOfCaller, string>> = {
  client: 'client_id',
  role: 'role',
  organisation: 'organisation',
  user: 'user',
  patient: 'patient',
  scope: 'scope',
};

/** Whom a token speaks of, as its issuer's configuration reads it; undefined where it says too little, or what cannot be. */
export function callerInClaims(payload: JWTPayload, issuer: TrustedIssuer): Caller | undefined {
  const said = (name: ClaimOfCaller): unknown => claimAt(payload, issuer.claims?.[name] ?? usualClaims[name]);
  const client = clientIn(payload, issuer);
  const role = issuer.role ?? roleIn(said('role'));
  const organisation = issuer.organisation ?? textIn(said('organisation'));
  const patient = textIn(said('patient'));
  const user = textIn(said('user'));
  const scopes = scopesIn(said('scope'));
  if (client === undefined || role === undefined || !isWhole({ role, organisation, patient })) return undefined;
  if (user !== undefined && !isName(user)) return undefined;
  const reader = { role, ...defined({ organisation, patient, scopes }) };
  const audience = readerMarks(reader);
  return {
    client: `${issuer.clientPrefix ?? ''}${client}`,
    role,
    audience,
    ...defined({ organisation, user, scopes }),
  };
}

/** The client as its issuer calls it: `client_id`, as RFC 9068 wants it, or `azp` or `sub`, as others have it. */
export function clientIn(payload: JWTPayload, { claims }: TrustedIssuer): string | undefined {
  const names = claims?.client === undefined ? [usualClaims.client, 'azp', 'sub'] : [claims.client];
  const client = names.map((name) => textIn(claimAt(payload, name))).find((text) => text !== undefined);
  return client !== undefined && isName(client) ? client : undefined;
}

/** Everyone acts for an organisation, but an operator, who sees no records, and a link, which is one person's. */
function isWhole({
  role,
  organisation,
  patient,
}: Record<'organisation' | 'patient', string | undefined> & { role: Role }) {
  if (organisation !== undefined && !isMark(organisation)) return false;
  if (role === 'operator') return true;
  const named = role === 'patient' ? patient : organisation;
  return named !== undefined && isMark(named);
}

function roleIn(value: unknown): Role | undefined {
  const said: unknown[] = Array.isArray(value) ? value : [value];
  const known = roles.filter((role) => said.includes(role));
  return known.length === 1 ? known[0] : undefined;
}

/** A list separated by spaces, or an array; a token that speaks of no scopes at all has none. */
function scopesIn(value: unknown): string[] {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  return texts.flatMap((text) => (typeof text === 'string' ? text.split(' ').filter((word) => word !== '') : []));
}

function claimAt(payload: JWTPayload, place: string): unknown {
  if (!place.startsWith('/')) return Object.hasOwn(payload, place) ? payload[place] : undefined;
  let value: unknown = payload;
  for (const step of place.slice(1).split('/').map(unescaped)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Stands in logs and in the audit. */
function isName(text: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(text);
}

function defined<Values extends object>(values: Values): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
