import { operationOutcome } from '#fhir';
import type { Refusal } from './errors.js';
import type { FhirResponse } from './operation.js';

/** A refusal as an answer. */
export function refused({ status, issues, headers }: Pick<Refusal, 'status' | 'issues' | 'headers'>): FhirResponse {
  return { status, headers: { ...headers }, resource: operationOutcome(issues) };
}
