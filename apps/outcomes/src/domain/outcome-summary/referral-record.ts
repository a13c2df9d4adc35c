import type {
  Appointment,
  Communication,
  Encounter,
  Goal,
  HealthcareService,
  Observation,
  Organization,
  Patient,
  QuestionnaireResponse,
  Schedule,
  ServiceRequest,
  Slot,
  Task,
} from 'fhir/r4';

/** What its owners hold of one referral, as it was read. */
export interface ReferralRecord {
  /** The parent Task. */
  referral: Task;
  serviceRequest: ServiceRequest;
  patient: Patient;
  /** The Tasks that are part of it: the providers' and those that ask for questionnaires. */
  tasks: readonly Task[];
  appointments: readonly Appointment[];
  contacts: readonly (Encounter | Communication)[];
  /** The person's; those of this referral name it in `addresses`. */
  goals: readonly Goal[];
  responses: readonly QuestionnaireResponse[];
  observations: readonly Observation[];
  activities: readonly HealthcareService[];
  organizations: readonly Organization[];
  slots: readonly Slot[];
  schedules: readonly Schedule[];
}
