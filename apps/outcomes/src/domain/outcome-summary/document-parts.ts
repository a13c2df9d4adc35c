import type { FhirResource, Identifier, Meta, Observation, Organization, Patient, ServiceRequest } from 'fhir/r4';
import { nhsNumberSystem, normaliseIdentifierSystem } from '#fhir';
import { scoresOf } from './measures-section.js';
import type { OutcomeSummaryInput } from './summary-input.js';

/** The resources of the document, each once and cut down to what the reader needs. */
export function documentParts(input: OutcomeSummaryInput): FhirResource[] {
  const { patient, serviceRequest, requester, author, custodian, measures } = input;
  const parts = [
    patientPart(patient),
    ...[author, custodian, requester].map(organizationPart),
    serviceRequestPart(serviceRequest, requester),
    ...scoresOf(measures).map(observationPart),
  ];
  return [...new Map(parts.map((part) => [`${part.resourceType}/${part.id ?? ''}`, part])).values()];
}

/** Enough to find the person in the practice's system; the NHS number alone where there is one. */
function patientPart(patient: Patient): Patient {
  const { identifier = [], name, birthDate } = patient;
  const nhs = nhsIdentifiersOf(patient);
  const known = nhs.length > 0 ? nhs : identifier;
  return {
    resourceType: 'Patient',
    ...headOf(patient),
    ...(known.length > 0 && { identifier: known.map(identifierPart) }),
    ...(name && { name }),
    ...(birthDate !== undefined && { birthDate }),
  };
}

/** However their system is written. */
export function nhsIdentifiersOf({ identifier = [] }: Pick<Patient, 'identifier'>): Identifier[] {
  return identifier.filter(
    ({ system = '', value }) => value !== undefined && normaliseIdentifierSystem(system) === nhsNumberSystem,
  );
}

function organizationPart(organization: Organization): Organization {
  const { identifier, name } = organization;
  // Of one that the directory does not have, nothing but its id is known; FHIR wants a name or an identifier (org-1).
  const called = name ?? (identifier ? undefined : 'not recorded');
  return {
    resourceType: 'Organization',
    ...headOf(organization),
    ...(identifier && { identifier: identifier.map(identifierPart) }),
    ...(called !== undefined && { name: called }),
  };
}

/** The requester is named as the organisation that the document holds, whichever role the request came from. */
function serviceRequestPart(request: ServiceRequest, requester: Organization): ServiceRequest {
  const { identifier, status, intent, code, subject, authoredOn, reasonCode } = request;
  return {
    resourceType: 'ServiceRequest',
    ...headOf(request),
    ...(identifier && { identifier: identifier.map(identifierPart) }),
    status,
    intent,
    ...(code && { code }),
    subject: { reference: subject.reference ?? '' },
    ...(authoredOn !== undefined && { authoredOn }),
    requester: { reference: `Organization/${requester.id ?? ''}` },
    ...(reasonCode && { reasonCode }),
  };
}

function observationPart(observation: Observation): Observation {
  const { status, code, subject, effectiveDateTime, valueInteger, valueQuantity } = observation;
  return {
    resourceType: 'Observation',
    ...headOf(observation),
    status,
    code,
    ...(subject?.reference !== undefined && { subject: { reference: subject.reference } }),
    ...(effectiveDateTime !== undefined && { effectiveDateTime }),
    ...(valueInteger !== undefined && { valueInteger }),
    ...(valueQuantity && { valueQuantity }),
  };
}

/** Its assigner is contained in the whole resource or stands elsewhere, so that nothing in the document is what it refers to. */
function identifierPart({ assigner, ...identifier }: Identifier): Identifier {
  const { display, identifier: known } = assigner ?? {};
  if (display === undefined && known === undefined) return identifier;
  const named = { ...(display !== undefined && { display }), ...(known && { identifier: identifierPart(known) }) };
  return { ...identifier, assigner: named };
}

/** Marked as cut down, so that nobody stores it in the place of the whole. */
function headOf({ id, meta }: FhirResource): { id?: string; meta: Meta } {
  const tag = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }];
  return {
    ...(id !== undefined && { id }),
    meta: { ...(meta?.versionId !== undefined && { versionId: meta.versionId }), tag },
  };
}
