import { FhirError } from '#fhir';
import type { Stored, Write } from '#fhir-store';

/** The end of this version, for those who could see it. */
export function deletionOf({ type, id, audience, version }: Stored): Write {
  return { interaction: 'delete', type, id, audience, version };
}

/** 409 with a sentence that tells what to do instead of a delete. */
export function notDeleted(diagnostics: string): FhirError {
  return FhirError.of('business-rule', diagnostics, { status: 409 });
}
