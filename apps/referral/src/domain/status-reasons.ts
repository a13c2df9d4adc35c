import type { CodeableConcept, Coding, ServiceRequest, Task } from 'fhir/r4';
import { base, rejectedReasons, rejectedReasonSystem } from './codes.js';

export const statusReasonSystem = `${base}/CodeSystem/referral-status-reason`;
/** https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1: what a GP system shows of a response. */
export const responseCodeSystem = 'https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1';

type NhsReason = (typeof rejectedReasons)[keyof typeof rejectedReasons];

interface StatusReason {
  /** dos-rejected-reasons-bars: every reason of ours has one, if need be `other`. */
  nhs: NhsReason;
  /** ITK-ResponseCodes-1, for a referral that ended so. */
  itk: string;
}

/** Why a referral did not go on. The NHS has fewer words for it; each of ours is sent with the nearest of theirs. */
export const statusReasons = {
  capacity: { nhs: rejectedReasons.capacity, itk: '30017' },
  'not-eligible': { nhs: rejectedReasons.notEligible, itk: '30017' },
  'not-suitable': { nhs: rejectedReasons.notClinicallyAppropriate, itk: '30017' },
  'service-declined': { nhs: rejectedReasons.serviceDeclined, itk: '30017' },
  'patient-choice': { nhs: rejectedReasons.patientChoice, itk: '30017' },
  'could-not-contact': { nhs: rejectedReasons.couldNotBeContacted, itk: '30012' },
  transport: { nhs: rejectedReasons.transport, itk: '30017' },
  'no-appointments': { nhs: rejectedReasons.noAppointments, itk: '30017' },
  'unsuitable-appointments': { nhs: rejectedReasons.unsuitableAppointments, itk: '30017' },
  'home-visit': { nhs: rejectedReasons.homeVisitRequested, itk: '30017' },
  distance: { nhs: rejectedReasons.distance, itk: '30017' },
  'out-of-area': { nhs: rejectedReasons.distance, itk: '30017' },
  unsafe: { nhs: rejectedReasons.other, itk: '30007' },
  'insufficient-info': { nhs: rejectedReasons.other, itk: '30017' },
  duplicate: { nhs: rejectedReasons.other, itk: '30015' },
  'service-closed': { nhs: rejectedReasons.other, itk: '30017' },
  'consent-withdrawn': { nhs: rejectedReasons.patientChoice, itk: '30017' },
  'no-response': { nhs: rejectedReasons.other, itk: '30012' },
  'wrong-person': { nhs: rejectedReasons.other, itk: '30017' },
  other: { nhs: rejectedReasons.other, itk: '30017' },
} as const satisfies Record<string, StatusReason>;

export type StatusReasonCode = keyof typeof statusReasons;

/** Ginnel's reason in a statusReason; an NHS code alone has none. */
export function statusReasonOf(concept: CodeableConcept | undefined): StatusReasonCode | undefined {
  const code = concept?.coding?.find(({ system }) => system === statusReasonSystem)?.code;
  return code !== undefined && Object.hasOwn(statusReasons, code) ? (code as StatusReasonCode) : undefined;
}

/** The NHS code of a statusReason: as it was sent, otherwise the nearest to Ginnel's. */
export function nhsReasonOf(concept: CodeableConcept | undefined): string | undefined {
  const known: readonly string[] = Object.values(rejectedReasons);
  const sent = concept?.coding?.find(({ system }) => system === rejectedReasonSystem)?.code;
  if (sent !== undefined) return known.includes(sent) ? sent : undefined;
  const own = statusReasonOf(concept);
  return own === undefined ? undefined : statusReasons[own].nhs;
}

/** The statusReason with the NHS code beside Ginnel's own. */
export function withNhsReason(concept: CodeableConcept): CodeableConcept {
  const code = nhsReasonOf(concept);
  if (code === undefined || concept.coding?.some(({ system }) => system === rejectedReasonSystem)) return concept;
  return { ...concept, coding: [...(concept.coding ?? []), { system: rejectedReasonSystem, code }] };
}

/**
 * Why a request ended, where its writer says so: https://hl7.org/fhir/R4/extension-request-statusreason.html. Its reasonCode is
 * why the service was asked for.
 */
export function endReasonOf({ extension = [] }: ServiceRequest): CodeableConcept | undefined {
  return extension.find(({ url }) => url === 'http://hl7.org/fhir/StructureDefinition/request-statusReason')
    ?.valueCodeableConcept;
}

/** The reason as it stands, where the same is said again in fewer codes: it was coded in more ways than it was given in. */
export function reasonMeant(
  before: CodeableConcept | undefined,
  said: CodeableConcept | undefined,
): CodeableConcept | undefined {
  const { coding = [], text } = said ?? {};
  const isSaid = ({ system, code }: Coding) =>
    before?.coding?.some((one) => one.system === system && one.code === code) === true;
  return before && text === before.text && coding.length > 0 && coding.every(isSaid) ? before : said;
}

/** The Task with this reason for its state, and none of the last one's. */
export function becauseOf(task: Task, statusReason: CodeableConcept | undefined): Task {
  const reasoned: Task = { ...task };
  delete reasoned.statusReason;
  return statusReason ? { ...reasoned, statusReason } : reasoned;
}
