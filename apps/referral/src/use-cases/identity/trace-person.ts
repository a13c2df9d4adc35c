import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import { nhsNumberOf } from '../../domain/identity/nhs-number.js';
import { PersonRegister } from '../../domain/identity/person-register.js';
import { confirmedPerson, tracedPerson } from '../../domain/identity/traced-person.js';

/** Asks the register of people whose record this is: by the NHS number where it has one, else by what is known of the person. */
@Injectable()
export class TracePerson {
  constructor(private readonly register: PersonRegister) {}

  /** As the register has the person; throws where it does not know, or cannot be asked. */
  async execute(patient: Patient): Promise<Patient> {
    const number = nhsNumberOf(patient);
    if (number !== undefined) return confirmedPerson(patient, await this.register.lookup(number));
    return tracedPerson(patient, await this.register.trace(patient));
  }
}
