import type { Patient } from 'fhir/r4';

/**
 * A national register of people, such as the Personal Demographics Service (PDS). One that cannot be asked throws FhirError:
 * `transient` where it does not answer now, `not-supported` where the deployment has none.
 */
export abstract class PersonRegister {
  /** Who bears this NHS number, with the current one where it was replaced. */
  abstract lookup(number: string): Promise<Patient | undefined>;

  /** Who may be meant by a name, a date of birth and a postcode. */
  abstract trace(known: Patient): Promise<Patient[]>;
}
