import type { Caller, Role } from './caller.js';
import { parseScope, type ResourceScope, type Scope } from './scopes.js';

/** A caller as far as its scopes go. */
export type Scoped = Pick<Caller, 'role' | 'scopes'>;

/** What the scopes of a token give, type by type. */
export interface ScopeGrants {
  /** Letters for all resources of a type. */
  free: (type: string) => string;
  /** Letters for a type, for all or for some of its resources. */
  letters: (type: string) => string;
  /** Letters of writing for just those of a type that its narrowings leave. */
  within: (type: string) => string;
  has: (scope: Scope) => boolean;
  labels: readonly ('R' | 'V')[];
  /** Search parameters that resources of a type must meet, one of each; none where all may be read. */
  narrowings: readonly { type: string; query: string }[];
  /** Types of which some may be read and others searched: one narrowing cannot say that. */
  unclear: readonly string[];
}

const known = new WeakMap<readonly string[], Map<Role, ScopeGrants>>();

/** Undefined for a caller without scopes: its role alone decides. */
export function grantsOf({ scopes, role }: Scoped): ScopeGrants | undefined {
  if (!scopes) return undefined;
  const byRole = known.get(scopes) ?? new Map<Role, ScopeGrants>();
  known.set(scopes, byRole);
  const grants = byRole.get(role) ?? grantsIn(scopes, role);
  byRole.set(role, grants);
  return grants;
}

function grantsIn(texts: readonly string[], role: Role): ScopeGrants {
  const scopes = texts.flatMap((text) => parseScope(text) ?? []);
  // `patient/` means the records of the one patient whom the token is about; only a patient's link is about one.
  const resources = scopes
    .filter((scope) => scope.kind === 'resource')
    .filter(({ level }) => (level === 'patient') === (role === 'patient'));
  const free = (type: string): string => lettersIn(resources, type, (scope) => scope.query === undefined);
  const reading = [...new Set(resources.filter(isNarrow).map(({ type }) => type))].map((type) => ({
    type,
    queries: readableIn(resources, type),
  }));
  return {
    free,
    letters: (type) => lettersIn(resources, type, () => true),
    within: (type) => lettersWithin(resources, type),
    has: (wanted) => scopes.some((scope) => same(scope, wanted)),
    labels: labelsIn(scopes),
    narrowings: reading.flatMap(({ type, queries }) =>
      typeof queries === 'string' ? [] : queries.map((query) => ({ type, query })),
    ),
    unclear: reading.filter(({ queries }) => queries === 'unclear').map(({ type }) => type),
  };
}

function lettersIn(scopes: readonly ResourceScope[], type: string, counts: (scope: ResourceScope) => boolean): string {
  return scopes
    .filter((scope) => isOf(scope, type) && counts(scope))
    .map(({ letters }) => letters)
    .join('');
}

/** What is written under the same queries as it is read can be held to them. */
function lettersWithin(scopes: readonly ResourceScope[], type: string): string {
  const readable = readableIn(scopes, type);
  if (typeof readable === 'string' || readable.length === 0) return '';
  const isSame = (letter: string) => JSON.stringify(queriesFor(letter, scopes, type)) === JSON.stringify(readable);
  return ['c', 'u', 'd'].filter(isSame).join('');
}

/** The queries of the scopes that give this letter; `all` where one has none. */
function queriesFor(letter: string, scopes: readonly ResourceScope[], type: string): 'all' | string[] {
  const giving = scopes.filter((scope) => isOf(scope, type) && scope.letters.includes(letter));
  if (giving.some((scope) => !isNarrow(scope))) return 'all';
  return [...new Set(giving.map(({ query = '' }) => query))].sort();
}

/** The queries by which a type is read and searched; `all` of it, or `unclear` where the two differ. */
function readableIn(scopes: readonly ResourceScope[], type: string): readonly string[] | 'all' | 'unclear' {
  const [read, search] = [queriesFor('r', scopes, type), queriesFor('s', scopes, type)];
  if (read.length === 0) return search;
  if (search.length === 0) return read;
  return JSON.stringify(read) === JSON.stringify(search) ? read : 'unclear';
}

function isOf(scope: ResourceScope, type: string): boolean {
  return scope.type === '*' || scope.type === type;
}

function isNarrow({ query }: ResourceScope): boolean {
  return query !== undefined;
}

function labelsIn(scopes: readonly Scope[]): ('R' | 'V')[] {
  const labels = scopes.flatMap((scope) => (scope.kind === 'label' ? [scope.label] : []));
  if (labels.includes('V')) return ['R', 'V'];
  return labels.length > 0 ? ['R'] : [];
}

function same(scope: Scope, wanted: Scope): boolean {
  return scope.kind === 'operation' && wanted.kind === 'operation' && scope.code === wanted.code;
}
