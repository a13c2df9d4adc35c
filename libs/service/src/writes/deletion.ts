import { FhirError } from '#fhir';
import { personsIn, type Stored, type Write } from '#fhir-store';

/** The end of this version, for those who could see it. */
export function deletionOf(stored: Stored): Write {
  const { type, id, audience, version } = stored;
  return { interaction: 'delete', type, id, audience, version, persons: personsIn(stored) };
}

/** 409 with a sentence that tells what to do instead of a delete. */
export function notDeleted(diagnostics: string): FhirError {
  return FhirError.of('business-rule', diagnostics, { status: 409 });
}
