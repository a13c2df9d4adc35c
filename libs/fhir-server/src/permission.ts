import { type Caller, isPermitted, type Permission } from '#auth';
import { FhirError } from '#fhir';
import type { Route } from './route.js';

/** Served to everyone: what the server is and how to speak to it. */
export function isOpen(method: string, segments: readonly string[]): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return segments.length === 0 || (segments.length === 1 && ['metadata', 'openapi.json'].includes(segments[0] ?? ''));
}

/** 403 where the policy does not let the caller's role do this; a transaction is judged entry by entry. */
export function refuseForbidden(caller: Caller, route: Route): void {
  const permission = permissionOf(route);
  if (permission === undefined || isPermitted(caller, permission)) return;
  const what =
    'operation' in permission ? `call $${permission.operation}` : `${permission.interaction} a ${permission.type}`;
  throw FhirError.of('forbidden', `A client of role ${caller.role} may not ${what}.`);
}

function permissionOf(route: Route): Permission | undefined {
  if (route.interaction === 'operation') return { operation: route.operation.definition.code };
  // A job is told to who asked for it and to nobody else, whatever the type of its address.
  if (!('served' in route) || 'job' in route) return undefined;
  return { interaction: writing.includes(route.interaction) ? 'write' : 'read', type: route.served.type };
}

const writing: readonly Route['interaction'][] = ['create', 'update', 'patch', 'delete'];
