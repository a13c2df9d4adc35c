import type { Extension, Identifier, Patient } from 'fhir/r4';
import { bearsSameDetails } from '../same-person.js';
import { isNhsIdentifier, verificationStatusExtension, verificationStatusOf } from './nhs-number.js';

/** A number that was traced stays traced when it is told again, of the same person, with less. */
export function traceKept(before: Patient, said: Patient): Patient {
  if (said.identifier === undefined || !bearsSameDetails(before, said)) return said;
  return { ...said, identifier: said.identifier.map((one) => tracedAs(before, one) ?? one) };
}

/** True where that is told of a traced number which is true of an untraced one. */
export function deniesTrace(before: Patient, said: Patient): boolean {
  if (!bearsSameDetails(before, said)) return false;
  return (said.identifier ?? []).some((one) => tracedAs(before, one) && verificationStatusOf(one) !== undefined);
}

/** The identifier with the trace that the record has of it; undefined where there is none, or nothing to add. */
function tracedAs({ identifier = [] }: Patient, said: Identifier): Identifier | undefined {
  const isIt = (one: Identifier) => isNhsIdentifier(one) && one.value === said.value && isTraced(one);
  const traced = isNhsIdentifier(said) && !isTraced(said) ? identifier.find(isIt) : undefined;
  const isStatus = ({ url }: Extension) => url === verificationStatusExtension;
  const status = traced?.extension?.filter(isStatus) ?? [];
  if (status.length === 0) return undefined;
  return { ...said, extension: [...(said.extension ?? []).filter((one) => !isStatus(one)), ...status] };
}

function isTraced(identifier: Identifier): boolean {
  return verificationStatusOf(identifier) === '01';
}
