import type { Identifier, Patient } from 'fhir/r4';
import { error, isNhsNumber, type Issue, nhsNumberSystem, normaliseIdentifierSystem } from '#fhir';

export const verificationStatusExtension =
  'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
export const verificationStatusSystem = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland';

export const retiredVerificationStatusSystem = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus';

/** The words of the retired code system, as the current one has them. */
export const currentVerificationCodes: Readonly<Record<string, string>> = {
  'number-present-and-verified': '01',
  'number-present-but-not-traced': '02',
  'trace-required': '03',
  'trace-attempted-no-match-or-multiple-match-found': '04',
  'trace-needs-to-be-resolved-nhs-number-or-patient-detail-conflict': '05',
  'trace-in-progress': '06',
  'number-not-present-and-trace-not-required': '07',
  'trace-postponed-baby-under-six-weeks-old': '08',
};

/** Ten digits that pass their check, of the first identifier that is an NHS number. */
export function nhsNumberOf(patient: Patient): string | undefined {
  const value = nhsIdentifierOf(patient)?.value;
  return value !== undefined && isNhsNumber(value) ? value : undefined;
}

export function nhsIdentifierOf({ identifier = [] }: Patient): Identifier | undefined {
  return identifier.find(isNhsIdentifier);
}

export function isNhsIdentifier({ system }: Identifier): boolean {
  return normaliseIdentifierSystem(system ?? '') === nhsNumberSystem;
}

/** `01` … `08`; undefined where it does not say. */
export function verificationStatusOf(identifier: Identifier): string | undefined {
  const concept = identifier.extension?.find(({ url }) => url === verificationStatusExtension)?.valueCodeableConcept;
  const codes = (concept?.coding ?? []).map(({ code = '' }) => currentVerificationCodes[code] ?? code);
  return codes.find((code) => /^0[1-8]$/.test(code));
}

/** A number that may be relied on to know a person again: one of which nothing worse is said than that it was not traced. */
export function reliableNumberOf(patient: Patient): string | undefined {
  return nhsNumbersMayBeSent(patient).length > 0 ? undefined : nhsNumberOf(patient);
}

/** Numbers that fail modulus 11: a slip of the pen, or somebody else's. */
export function nhsNumbersPassTheirCheck({ identifier = [] }: Patient): Issue[] {
  return identifier.flatMap((one, at) => {
    if (!isNhsIdentifier(one) || one.value === undefined || isNhsNumber(one.value)) return [];
    const expression = `Patient.identifier[${String(at)}].value`;
    return [error('value', 'The NHS number fails its check digit (modulus 11).', expression)];
  });
}

/**
 * A number that is sent is verified (01) or present and not traced (02); one of which something else is known is left out, or
 * a trace is made first. One that says nothing is taken as not traced. BaRS application 5, rules for the NHS number.
 */
export function nhsNumbersMayBeSent({ identifier = [] }: Patient): Issue[] {
  return identifier.flatMap((one, at) => {
    const status = isNhsIdentifier(one) ? verificationStatusOf(one) : undefined;
    if (status === undefined || ['01', '02'].includes(status)) return [];
    const diagnostics = `An NHS number with verification status ${status} is not kept: leave the number out, or trace the person first. Allowed are 01 and 02.`;
    return [error('business-rule', diagnostics, `Patient.identifier[${String(at)}].extension`)];
  });
}

/** The record with this number, verified. */
export function withVerifiedNumber(patient: Patient, number: string): Patient {
  const others = (patient.identifier ?? []).filter((one) => !isNhsIdentifier(one));
  const coding = { system: verificationStatusSystem, code: '01', display: 'Number present and verified' };
  const extension = [{ url: verificationStatusExtension, valueCodeableConcept: { coding: [coding] } }];
  return { ...patient, identifier: [{ extension, system: nhsNumberSystem, value: number }, ...others] };
}
