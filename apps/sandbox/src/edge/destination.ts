import { FhirError, ownerOf, type ServiceName } from '#fhir';
import type { Part } from './all-services.js';

/** Where a request belongs. */
export interface Destination {
  service: Part;
  /** The address as this edge read it: what the service reads is what was judged here. */
  path: string;
  /** What every service tells of itself, and the edge of all of them. */
  told?: 'metadata' | 'openapi.json';
}

/** The base, what spans services, and what no service owns. */
const ofTheBase: ServiceName = 'referral';

/**
 * The destination of an address as it was sent; undefined where nothing is served. Each part is decoded once; an address
 * that two readers could read in two ways (empty parts, dots, an encoded slash) is refused.
 */
export function destinationOf(url: string, services: readonly ServiceName[]): Destination | undefined {
  const segments = segmentsOf(url.split('?', 1)[0] ?? '');
  const [root, first = '', ...below] = segments;
  const path = `/${segments.join('/')}`;
  if (root !== 'fhir') return besideTheBase(root, path);
  const told = below.length === 0 ? tellings.get(first) : undefined;
  if (told) return { service: ofTheBase, path, told };
  const owner = ownerOf(first);
  return { service: owner !== undefined && services.includes(owner) ? owner : ofTheBase, path };
}

function besideTheBase(root: string | undefined, path: string): Destination | undefined {
  if (root === 'auth' || path === '/oauth2/token') return { service: 'issuer', path };
  if (path === '/docs' || path === '/.well-known/security.txt') return { service: ofTheBase, path };
  return undefined;
}

const tellings = new Map<string, Destination['told']>([
  ['', 'metadata'], // GET [base] is the same
  ['metadata', 'metadata'],
  ['openapi.json', 'openapi.json'],
]);

/** What FHIR's addresses are made of: types, ids, `_history`, `$operation`. */
const segment = /^(?!\.+$)[\w$.-]{1,128}$/;

function segmentsOf(path: string): string[] {
  const segments = decoded(path.replace(/\/$/, '')).slice(1);
  if (!path.startsWith('/') || !segments.every((part) => segment.test(part))) throw notWellFormed();
  return segments;
}

function decoded(path: string): string[] {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch (cause) {
    throw notWellFormed(cause);
  }
}

function notWellFormed(cause?: unknown): FhirError {
  return FhirError.of(
    'value',
    'The address is not well-formed: each of its parts is 1 to 128 letters, digits, hyphens, dots, _ and $.',
    { cause },
  );
}
