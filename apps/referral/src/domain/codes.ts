import type { CodeableConcept, Coding, Task } from 'fhir/r4';

/** Canonical base of what is Ginnel's own. */
export const base = 'https://ginnel.org.uk/fhir';

export const businessStatusSystem = `${base}/CodeSystem/referral-business-status`;
export const taskInputSystem = `${base}/CodeSystem/task-input`;
export const taskOutputSystem = `${base}/CodeSystem/task-output`;
export const readinessExtension = `${base}/StructureDefinition/readiness`;
export const readinessSystem = `${base}/CodeSystem/readiness`;
export const contactCountExtension = `${base}/StructureDefinition/contact-count`;
export const expectedWaitExtension = `${base}/StructureDefinition/expected-wait`;
export const waitlistReviewExtension = `${base}/StructureDefinition/waitlist-review`;
export const acceptsUseCaseExtension = `${base}/StructureDefinition/accepts-use-case`;
export const messageIdSystem = `${base}/Id/message`;
export const returnAddressExtension = `${base}/StructureDefinition/return-address`;
export const fulfil: Coding = { system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' };

/** Why a provider says no. https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars, BaRS 1.12.0. */
export const rejectedReasonSystem = 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars';
export const rejectedReasons = {
  transport: '21',
  capacity: '22',
  notClinicallyAppropriate: '23',
  serviceDeclined: '24',
  patientChoice: '26',
  couldNotBeContacted: '27',
  noAppointments: '31',
  unsuitableAppointments: '32',
  notEligible: '40',
  homeVisitRequested: '41',
  distance: '42',
  other: '99',
} as const;

export const businessStatuses = [
  'sent',
  'acknowledged',
  'contacting',
  'accepted',
  'waitlisted',
  'capacity-full',
  'alternatives-offered',
  'rejected',
  'started',
  'session-recorded',
  'dna',
  'activity-changed',
  'completed',
  'partly-completed',
] as const;
export type BusinessStatus = (typeof businessStatuses)[number];

export function businessStatus(code: BusinessStatus): CodeableConcept {
  return { coding: [{ system: businessStatusSystem, code }] };
}

/** Ginnel's business status of a Task; another system's coding beside it does not count. */
export function businessStatusOf(task: Task): string | undefined {
  return task.businessStatus?.coding?.find(({ system }) => system === businessStatusSystem)?.code;
}

export function hasCode(concept: CodeableConcept | undefined, system: string, code: string): boolean {
  return concept?.coding?.some((coding) => coding.system === system && coding.code === code) ?? false;
}
