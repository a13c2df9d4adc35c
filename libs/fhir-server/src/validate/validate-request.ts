import type { FhirResource } from 'fhir/r4';
import { FhirError, isFault } from '#fhir';
import type { Validator } from '#fhir-validation';
import type { FhirRequest } from '../operation.js';

export type ValidateMode = 'create' | 'update' | 'delete' | 'profile';

/** What is to be judged, and how. */
export interface ValidateRequest {
  /** As it was sent; anything may be wrong with it. */
  resource?: FhirResource;
  mode?: ValidateMode;
  profiles: readonly string[];
}

const modes: readonly string[] = ['create', 'update', 'delete', 'profile'] satisfies ValidateMode[];
const names: readonly string[] = ['resource', 'mode', 'profile'];

/** A resource by itself or in Parameters; mode and profile there or in the address. Throws what makes it no such request. */
export function validateRequestOf({ resource: body, query, type }: FhirRequest, validator: Validator): ValidateRequest {
  const isWrapped = body?.resourceType === 'Parameters' && type !== 'Parameters';
  const sent = isWrapped ? partsOf(body, validator) : { values: [], ...(body ? { resource: body } : {}) };
  const values = [...query, ...sent.values];
  refuseUnknown(values);
  const mode = modeIn(values);
  return {
    ...(sent.resource ? { resource: sent.resource } : {}),
    ...(mode === undefined ? {} : { mode }),
    profiles: values.filter(([name]) => name === 'profile').map(([, value]) => value),
  };
}

type Values = readonly (readonly [name: string, value: string])[];

function refuseUnknown(values: Values): void {
  if (values.every(([name]) => names.includes(name))) return;
  throw FhirError.of('not-supported', `$validate takes the parameters ${names.join(', ')}; here is another.`);
}

function modeIn(values: Values): ValidateMode | undefined {
  const [mode, ...more] = values.filter(([name]) => name === 'mode').map(([, value]) => value);
  if (more.length === 0 && (mode === undefined || modes.includes(mode))) return mode as ValidateMode | undefined;
  throw FhirError.of('value', `The parameter mode is not understood: one of ${modes.join(', ')} is expected.`);
}

/** The Parameters must be sound themselves; the resource in them need not be. */
function partsOf(
  body: FhirResource,
  validator: Validator,
): { resource?: FhirResource; values: [name: string, value: string][] } {
  const { parameter } = body as { parameter?: unknown };
  const parts: unknown[] = Array.isArray(parameter) ? parameter : [];
  const shell = { ...body, ...(Array.isArray(parameter) ? { parameter: parts.map(withoutResource) } : {}) };
  const faults = validator.validate(shell).filter(isFault);
  if (faults.length > 0) throw new FhirError(faults);
  const values = parts.flatMap((part): [string, string][] => {
    const { name = '', ...rest } = part as { name?: string; [key: string]: unknown };
    const value = Object.entries(rest).find(([key]) => key.startsWith('value'))?.[1];
    return typeof value === 'string' ? [[name, value]] : name === 'resource' ? [] : [[`${name} without a text`, '']];
  });
  const resource = parts.map(resourceIn).find((each) => each !== undefined);
  return { values, ...(resource ? { resource } : {}) };
}

/** A text in its place, so that the rest can be judged. */
function withoutResource(part: unknown): unknown {
  if (resourceIn(part) === undefined) return part;
  const entries = Object.entries(part as object).filter(([key]) => key !== 'resource');
  return Object.fromEntries([...entries, ['valueString', 'resource']]);
}

function resourceIn(part: unknown): FhirResource | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  const { name, resource } = part as { name?: unknown; resource?: unknown };
  const isResource = name === 'resource' && typeof resource === 'object' && resource !== null;
  return isResource ? (resource as FhirResource) : undefined;
}
