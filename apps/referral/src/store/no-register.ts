import { FhirError } from '#fhir';
import { PersonRegister } from '../domain/identity/person-register.js';

/** Where a deployment has no register of people: numbers stay as their senders say. */
export class NoRegister extends PersonRegister {
  lookup(): Promise<never> {
    return Promise.reject(none());
  }

  trace(): Promise<never> {
    return Promise.reject(none());
  }
}

function none(): FhirError {
  const diagnostics = 'This deployment has no register of people: an NHS number is verified by who sends it.';
  return FhirError.of('not-supported', diagnostics, { status: 501 });
}
