import type { FhirResource, Patient } from 'fhir/r4';
import { FhirError } from '#fhir';
import { usualLimits } from '../src/limits.js';
import { patched, patchIn } from '../src/interactions/patch/patch.js';

export const patient: Patient = {
  resourceType: 'Patient',
  id: '1',
  meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00Z' },
  active: true,
  name: [{ given: ['Ada', 'B'], family: 'L' }],
  telecom: [
    { system: 'phone', value: '1' },
    { system: 'email', value: '2' },
  ],
  birthDate: '1970-01-01',
};

export function patchedBy(body: unknown, resource: FhirResource = patient): FhirResource {
  return patched(patchIn(body), resource, usualLimits);
}

export function without(name: string, resource: FhirResource): object {
  return Object.fromEntries(Object.entries(resource).filter(([key]) => key !== name));
}

export interface Refusal {
  status: number;
  code: string | undefined;
  said: string;
  expression: string[] | undefined;
}

export function refusalOf(body: unknown, resource: FhirResource = patient): Refusal {
  try {
    patchedBy(body, resource);
  } catch (thrown) {
    if (!(thrown instanceof FhirError)) throw thrown;
    const [issue] = thrown.issues;
    return { status: thrown.status, code: issue?.code, said: issue?.diagnostics ?? '', expression: issue?.expression };
  }
  throw new Error('The patch was applied.');
}
