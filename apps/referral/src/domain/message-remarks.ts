import type { Bundle } from 'fhir/r4';
import { type Issue, operationOutcome } from '#fhir';

/** The answer with what was noticed about the message, as an OperationOutcome at its end. */
export function withRemarks(answer: Bundle, warnings: readonly Issue[], id: string): Bundle {
  if (warnings.length === 0) return answer;
  const resource = { ...operationOutcome(warnings), id };
  return { ...answer, entry: [...(answer.entry ?? []), { fullUrl: `urn:uuid:${id}`, resource }] };
}
