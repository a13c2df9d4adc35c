import { type Caller, grantsOf, type Interaction, isPermitted, type Permission, type Refusal, refusalFor } from '#auth';
import { error, FhirError, type Issue } from '#fhir';
import { canNarrow } from '#fhir-search';
import type { Headers } from './headers.js';
import type { Route } from './route.js';
import { isRead, type ReadEntry, type WriteEntry } from './transaction/entry.js';

/** Served to everyone: what the server is and how to speak to it. */
export function isOpen(method: string, segments: readonly string[]): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return ['', 'metadata', 'openapi.json', '.well-known/smart-configuration'].includes(segments.join('/'));
}

/** 403 where role or scopes do not let the caller do this; a Bundle is judged entry by entry. */
export function refuseForbidden(caller: Caller, route: Route, headers: Headers): void {
  refuseUnenforceable(caller);
  const permission = permissionOf(route, headers);
  if (permission) refuseUnpermitted(caller, permission);
}

/** 403 where role or scopes do not let the caller do this. */
export function refuseUnpermitted(caller: Caller, permission: Permission): void {
  const refusal = refusalFor(caller, permission);
  if (refusal) throw forbidden([error('forbidden', sentenceOf(caller, permission, refusal))], refusal);
}

/** What was there before it was written is told to who may read or search for it; a client knows what it made itself. */
export function isTold(caller: Caller, { type, status }: { type: string; status: number }): boolean {
  const looks: readonly Interaction[] = ['read', 'search'];
  return status === 201 || looks.some((interaction) => isPermitted(caller, { type, interaction }));
}

/** The same of all entries of a transaction at once; a condition is judged as a search. */
export function refuseForbiddenEntries(caller: Caller, entries: readonly (WriteEntry | ReadEntry)[]): void {
  const refused = entries.flatMap((entry) => {
    const permission = permissionOfEntry(entry);
    const refusal = refusalFor(caller, permission);
    if (!refusal) return [];
    return [{ refusal, issue: error('forbidden', sentenceOf(caller, permission, refusal), entry.place) }];
  });
  const [first] = refused;
  if (!first) return;
  const issues = refused.map(({ issue }) => issue);
  throw forbidden(issues, refused.every(({ refusal }) => refusal === 'scope') ? 'scope' : first.refusal);
}

/**
 * A scope whose search parameters nobody can hold to is not dropped, and it opens nothing: 403 for whatever is asked for with
 * its token, however lenient the caller would have us be.
 */
function refuseUnenforceable(caller: Caller): void {
  const grants = grantsOf(caller);
  const wrong = grants?.narrowings.find(({ type, query }) => !canNarrow(type, query))?.type ?? grants?.unclear[0];
  if (wrong === undefined) return;
  const diagnostics = `The scopes of this token limit ${wrong} in a way that cannot be held to here. A scope takes search parameters of the type itself, without chains and value sets, and the same ones for r and for s; ask for another token.`;
  throw FhirError.of('forbidden', diagnostics);
}

/** What an entry asks for. */
export function permissionOfEntry(entry: WriteEntry | ReadEntry): Permission {
  const { type } = entry;
  if (isRead(entry)) return { type, interaction: /^[^?/]+\//.test(entry.url) ? 'read' : 'search' };
  const isConditional = entry.interaction === 'create' ? entry.ifNoneExist !== undefined : 'criteria' in entry.address;
  return { type, interaction: entry.interaction, conditional: isConditional };
}

function permissionOf(route: Route, headers: Headers): Permission | undefined {
  if (route.interaction === 'operation') {
    const { operation, type } = route;
    return { operation: operation.definition.code, ...(type === undefined ? {} : { type }) };
  }
  const interaction = interactionOf[route.interaction];
  if (interaction === undefined) return undefined;
  const type = 'served' in route ? route.served.type : 'type' in route ? route.type : '';
  return { interaction, type, conditional: isConditional(route, headers) };
}

const interactionOf: Readonly<Record<Exclude<Route['interaction'], 'operation'>, Interaction | undefined>> = {
  create: 'create',
  read: 'read',
  vread: 'vread',
  update: 'update',
  patch: 'patch',
  delete: 'delete',
  search: 'search',
  history: 'history',
  'history-type': 'history-type',
  'search-definitions': 'search',
  'read-definition': 'read',
  'search-records': 'search',
  'read-record': 'read',
  // Open to everyone.
  capabilities: undefined,
  openapi: undefined,
  'smart-configuration': undefined,
  // Judged entry by entry, and type by type.
  transaction: undefined,
  'history-system': undefined,
  // Told to who asked for it, and to nobody else.
  job: undefined,
  'job-cancel': undefined,
};

function isConditional(route: Route, headers: Headers): boolean {
  if (route.interaction === 'create') return headers['if-none-exist'] !== undefined;
  return ['update', 'patch', 'delete'].includes(route.interaction) && !('id' in route);
}

function sentenceOf({ role }: Caller, permission: Permission, refusal: Refusal): string {
  return sentences[refusal](role, wordsFor(permission));
}

const sentences: Readonly<Record<Refusal, (role: string, what: string) => string>> = {
  role: (role, what) => `A client of role ${role} may not ${what}.`,
  scope: (_role, what) => `The scopes of this token do not let it ${what}; ask for a token that has the scope.`,
  narrowed: (_role, what) =>
    `The scopes of this token bear search parameters, which cannot be held to when you ${what}; ask for a token without them.`,
};

function wordsFor(permission: Permission): string {
  if ('operation' in permission) return `call $${permission.operation}`;
  const { interaction, type, conditional = false } = permission;
  const article = /^[AEIOU]/.test(type) ? 'an' : 'a';
  switch (interaction) {
    case 'search':
      return `search for ${article} ${type}`;
    case 'vread':
    case 'history':
    case 'history-type':
      return `read the versions of ${article} ${type}`;
    default:
      return `${interaction} ${article} ${type}${conditional ? ' by criteria' : ''}`;
  }
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
function forbidden(issues: readonly Issue[], refusal: Refusal): FhirError {
  if (refusal !== 'scope') return new FhirError(issues);
  const headers = { 'www-authenticate': 'Bearer realm="Ginnel", error="insufficient_scope"' };
  return new FhirError(issues, { status: 403, headers });
}
