/**
 * Scopes of SMART, version 2, with version 1 read as what it means in version 2, and those of Ginnel's own.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export type Scope = ResourceScope | OperationScope | LabelScope | IdentityScope;

/** `system/Task.rs?owner=Organization/x`: what may be done with resources of a type, or with those of them that meet a query. */
export interface ResourceScope {
  kind: 'resource';
  level: 'patient' | 'user' | 'system';
  /** A resource type, or `*`. */
  type: string;
  /** Some of c, r, u, d, s, in that order. */
  letters: string;
  /** Search parameters without the question mark, as they were written. */
  query?: string;
}

/** Ginnel's own: one operation that no scope on a resource could stand for, by its code (`process-message`). */
export interface OperationScope {
  kind: 'operation';
  code: string;
}

/** Ginnel's own: shows also what is labelled R, or R and V. http://terminology.hl7.org/CodeSystem/v3-Confidentiality */
export interface LabelScope {
  kind: 'label';
  label: 'R' | 'V';
}

/** Scopes of sign-in: they tell who somebody is and open nothing here. */
export interface IdentityScope {
  kind: 'identity';
  name: string;
}

/** Where scopes of Ginnel's own stand. */
export const scopeNamespace = 'https://ginnel.org.uk/fhir/scope/';

/** Shows also records that are labelled R (restricted). */
export const restrictedScope = `${scopeNamespace}restricted`;

/** Shows also records that are labelled V (very restricted), and R. */
export const veryRestrictedScope = `${scopeNamespace}very-restricted`;

/** Operations that have a scope of their own. */
export const operationsWithScope = ['process-message'] as const;

const identityScopes = ['openid', 'profile', 'fhirUser', 'launch', 'launch/patient', 'online_access', 'offline_access'];
const oldLetters: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
const resourceScope = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]*)\.(\*|[a-z]+)(?:\?(.+))?$/;
/** https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]{1,1000}$/;

/** One scope; undefined for what is no scope that Ginnel knows. */
export function parseScope(text: string): Scope | undefined {
  if (!scopeToken.test(text)) return undefined;
  if (identityScopes.includes(text)) return { kind: 'identity', name: text };
  if (text.startsWith(scopeNamespace)) return ownScope(text.slice(scopeNamespace.length));
  return resourceScopeIn(text);
}

/** The scopes of a token or a request, separated by spaces, and the words among them that are none. */
export function parseScopes(text: string): { scopes: Scope[]; unknown: string[] } {
  const words = [...new Set(text.split(' ').filter((word) => word !== ''))];
  const parsed = words.map((word) => ({ word, scope: parseScope(word) }));
  return {
    scopes: parsed.flatMap(({ scope }) => scope ?? []),
    unknown: parsed.flatMap(({ word, scope }) => (scope ? [] : [word])),
  };
}

/** As version 2 writes it. */
export function printScope(scope: Scope): string {
  switch (scope.kind) {
    case 'resource': {
      const { level, type, letters, query } = scope;
      return `${level}/${type}.${letters}${query === undefined ? '' : `?${query}`}`;
    }
    case 'operation':
      return `${scopeNamespace}${scope.code}`;
    case 'label':
      return scope.label === 'R' ? restrictedScope : veryRestrictedScope;
    case 'identity':
      return scope.name;
  }
}

export function printScopes(scopes: readonly Scope[]): string {
  return [...new Set(scopes.map(printScope))].join(' ');
}

/** True where everything that is asked for lies within what was granted, letter by letter. */
export function isWithin(granted: readonly Scope[], asked: Scope): boolean {
  switch (asked.kind) {
    case 'resource':
      return asked.letters
        .split('')
        .every((letter) => granted.some((one) => gives(one, { ...asked, letters: letter })));
    case 'label':
      return granted.some(({ kind, ...one }) => kind === 'label' && 'label' in one && one.label >= asked.label);
    default:
      return granted.some((one) => printScope(one) === printScope(asked));
  }
}

function gives(granted: Scope, { level, type, letters, query }: ResourceScope): boolean {
  if (granted.kind !== 'resource' || granted.level !== level) return false;
  const isAsWide = granted.query === undefined || granted.query === query;
  return isAsWide && (granted.type === '*' || granted.type === type) && granted.letters.includes(letters);
}

function resourceScopeIn(text: string): ResourceScope | undefined {
  const found = resourceScope.exec(text)?.slice(1) as [ResourceScope['level'], string, string, string?] | undefined;
  if (!found) return undefined;
  const [level, type, may, query] = found;
  const letters = oldLetters[may] ?? may;
  if (!/^c?r?u?d?s?$/.test(letters)) return undefined;
  if (query === undefined) return { kind: 'resource', level, type, letters };
  // What is written in the old way has no search parameters; of all types together there is no parameter to name.
  return may in oldLetters || type === '*' || !isQuery(query)
    ? undefined
    : { kind: 'resource', level, type, letters, query };
}

function ownScope(name: string): Scope | undefined {
  if (name === 'restricted') return { kind: 'label', label: 'R' };
  if (name === 'very-restricted') return { kind: 'label', label: 'V' };
  const code = operationsWithScope.find((operation) => operation === name);
  return code === undefined ? undefined : { kind: 'operation', code };
}

function isQuery(query: string): boolean {
  return query.split('&').every((pair) => /^[A-Za-z_][\w:.-]*=[^=&]+$/.test(pair));
}
