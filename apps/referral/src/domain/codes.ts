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
/** Until when the provider is to answer: dateTime, on a part. */
export const answerDueExtension = `${base}/StructureDefinition/answer-due`;
/** When the person is to be contacted next: date, on a part and on the contact that agreed it. */
export const contactDueExtension = `${base}/StructureDefinition/contact-due`;
/** Who at the provider works on it: Reference to a Practitioner or PractitionerRole, on a part. */
export const workerExtension = `${base}/StructureDefinition/worker`;
/** Place in the waiting list: positiveInt from 1, on a part. */
export const waitlistPlaceExtension = `${base}/StructureDefinition/waitlist-place`;
/** When the last turn happened: dateTime, on a part. Where the mover says nothing, it is when the turn was recorded. */
export const occurredAtExtension = `${base}/StructureDefinition/occurred-at`;
/** Which side left a state: code (an actor), within a state that was left. Absent where it was Ginnel. */
export const saidByExtension = `${base}/StructureDefinition/said-by`;
/** Until when the person is to answer an offered place: date, on a part. */
export const replyByExtension = `${base}/StructureDefinition/reply-by`;
/** An attempt of contact that reached nobody, since the last one that did: the channel, with when. On a part. */
export const contactAttemptExtension = `${base}/StructureDefinition/contact-attempt`;
/** The state that was left for one that may be taken back; the last one stands last. Written by Ginnel, on a part. */
export const stateBeforeExtension = `${base}/StructureDefinition/state-before`;
/** A turn that came too late to change the state: its business status, with when it happened. Written by Ginnel. */
export const lateTurnExtension = `${base}/StructureDefinition/late-turn`;
/** A turn that was never told, but that a later one implies. Written by Ginnel, on a part. */
export const impliedTurnExtension = `${base}/StructureDefinition/implied-turn`;
export const taskStatusSystem = 'http://hl7.org/fhir/task-status';
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
  'info-needed',
  'contacting',
  'accepted',
  'waitlisted',
  'place-offered',
  'capacity-full',
  'alternatives-offered',
  'rejected',
  'forwarded',
  'split',
  'patient-declined',
  'unable-to-contact',
  'booked',
  'started',
  'session-recorded',
  'dna',
  'paused',
  'activity-changed',
  'completed',
  'partly-completed',
  'disengaged',
  'cancel-requested',
  'cancelled-by-requester',
  'withdrawn-by-provider',
  'error',
  'escalated',
  'expired',
  'death-reported',
  'patient-died',
  'patient-moved',
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
