import type { CodeableConcept, Encounter, Task } from 'fhir/r4';
import { type BusinessStatus, businessStatusOf, rejectedReasons, rejectedReasonSystem } from '../codes.js';
import { encounterStatusOf } from './told.js';

/** The Encounter that was promised to the sender, as the provider's part stands now. */
export function receiversEncounter(
  promised: Encounter,
  part: Task,
  { now, validates }: { now: string; validates: boolean },
): Encounter {
  const status = toldStatusOf(part, validates);
  const start = part.executionPeriod?.start ?? promised.period?.start ?? now;
  const end = status === 'finished' ? (part.executionPeriod?.end ?? part.lastModified) : undefined;
  return {
    ...promised,
    status,
    period: { start, ...(end === undefined ? {} : { end }) },
    ...(status === 'cancelled' ? { reasonCode: [reasonOf(part)] } : {}),
  };
}

/** The standard's answer to a validation knows no state before it is under way, nor one in which it rests. */
function toldStatusOf(part: Task, validates: boolean): Encounter['status'] {
  const status = encounterStatusOf(part);
  return validates && (status === 'planned' || status === 'onleave') ? 'in-progress' : status;
}

/** Why it came to nothing: as the provider said it, or by the NHS code of the state. */
function reasonOf(part: Task): CodeableConcept {
  if (part.statusReason) return part.statusReason;
  const business = businessStatusOf(part) as BusinessStatus | undefined;
  const code = (business && reasons[business]) ?? rejectedReasons.other;
  return { coding: [{ system: rejectedReasonSystem, code }], text: (business ?? part.status).replaceAll('-', ' ') };
}

const reasons: Partial<Record<BusinessStatus, string>> = {
  'capacity-full': rejectedReasons.capacity,
  rejected: rejectedReasons.serviceDeclined,
  'patient-declined': rejectedReasons.patientChoice,
  disengaged: rejectedReasons.patientChoice,
  'unable-to-contact': rejectedReasons.couldNotBeContacted,
  'withdrawn-by-provider': rejectedReasons.serviceDeclined,
};
