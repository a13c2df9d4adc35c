import type { ServiceRequest, Task } from 'fhir/r4';
import { businessStatusOf } from './codes.js';

/** Ends of a part with which Ginnel revokes the wish, as the person said, moved or died: nobody took it back. */
const ofThePerson = ['patient-declined', 'patient-moved', 'patient-died'];

/** True where its requester took the referral back, as the wish and the referral's own Task tell. */
export function takenBack({ status }: ServiceRequest, parent: Task): boolean {
  return status === 'revoked' && !ofThePerson.includes(businessStatusOf(parent) ?? '');
}
