import { error, type Issue } from '#fhir';
import { isEntryOf, resolve, type Message } from '../message.js';

/** A referral for somebody else than the person it carries is the worst mistake there is. */
export function subjectIsThePatient(message: Message): Issue[] {
  const { serviceRequest } = message;
  if (serviceRequest === undefined) return [];
  const { path, resource } = serviceRequest;
  const { subject } = resource as Partial<typeof resource>;
  if (subject?.reference === undefined) {
    return [error('required', 'ServiceRequest.subject has no reference.', `${path}.subject`)];
  }
  if (isEntryOf(resolve(message, subject), 'Patient')) return [];
  const expression = `${path}.subject.reference`;
  return [error('invalid', "ServiceRequest.subject is not this message's Patient.", expression)];
}
