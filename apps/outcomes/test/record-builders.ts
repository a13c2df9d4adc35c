import type { Appointment, Observation, QuestionnaireResponse, Task } from 'fhir/r4';
import type { ReferralRecord } from '../src/domain/outcome-summary/referral-record.js';
import { form } from './evaluation-builders.js';
import { appointment, organization, summaryInput, task } from './summary-builders.js';

const system = 'https://ginnel.org.uk/fhir/CodeSystem';

/** One invented referral as its owners hold it: two parts, of which the first was declined. */
export function record(change: Partial<ReferralRecord> = {}): ReferralRecord {
  const { serviceRequest, patient, contacts } = summaryInput();
  return {
    referral: task('t0', { status: 'completed', requester: { reference: 'Organization/practice' } }),
    serviceRequest,
    patient,
    tasks: [
      part('t1', 'walks', { status: 'rejected', authoredOn: '2021-03-01', owner: { reference: 'Organization/other' } }),
      part('t2', 'cookery', { status: 'completed', authoredOn: '2021-03-02' }),
    ],
    appointments: [],
    contacts,
    goals: [],
    responses: [],
    observations: [],
    activities: [
      { resourceType: 'HealthcareService', id: 'walks', name: 'Walks' },
      { resourceType: 'HealthcareService', id: 'cookery', name: 'Cookery' },
    ],
    organizations: [organization('practice', 'Example Practice'), organization('provider', 'Example Living')],
    slots: [
      {
        resourceType: 'Slot',
        id: 'slot-1',
        schedule: { reference: 'Schedule/walks' },
        status: 'busy',
        start: '',
        end: '',
      },
    ],
    schedules: [{ resourceType: 'Schedule', id: 'walks', actor: [{ reference: 'HealthcareService/walks' }] }],
    ...change,
  };
}

/** A provider's part for an activity. */
export function part(id: string, activity: string, change: Partial<Task> = {}): Task {
  return task(id, {
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
    partOf: [{ reference: 'Task/t0' }],
    owner: { reference: 'Organization/provider' },
    input: [activityInput(activity)],
    ...change,
  });
}

export function activityInput(activity: string) {
  return {
    type: { coding: [{ system: `${system}/task-input`, code: 'activity' }] },
    valueReference: { reference: `HealthcareService/${activity}` },
  };
}

export function stillOpen(valueString: string) {
  return { type: { coding: [{ system: `${system}/task-output`, code: 'still-open' }] }, valueString };
}

export function session(id: string, change: Partial<Appointment> = {}): Appointment {
  return { ...appointment(id, 'fulfilled', '2021-04-02T10:00:00Z'), ...change };
}

/** Answers of the two-item form, with the Observation of their sum. */
export function answered(
  id: string,
  timePoint: string,
  authored: string,
): { response: QuestionnaireResponse; score: Observation } {
  const subject = { reference: 'Patient/p1' };
  return {
    response: {
      resourceType: 'QuestionnaireResponse',
      id,
      meta: { versionId: '1' },
      status: 'completed',
      questionnaire: form,
      subject,
      basedOn: [{ reference: 'ServiceRequest/s1' }],
      extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/time-point', valueCode: timePoint }],
      authored,
    },
    score: {
      resourceType: 'Observation',
      id: `${id}.sum`,
      meta: { versionId: '1' },
      status: 'final',
      code: { coding: [{ code: 'sum' }] },
      subject,
      derivedFrom: [{ reference: `QuestionnaireResponse/${id}` }],
      effectiveDateTime: authored,
      valueInteger: 5,
    },
  };
}
