import { Injectable } from '@nestjs/common';
import type { Appointment, FhirResource } from 'fhir/r4';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { BookAppointment } from '../use-cases/book-appointment.js';

/** A session: booked on a Slot, attended or missed by its participants. */
@Injectable()
export class AppointmentWrites extends ResourceWrites<Appointment> {
  readonly type = 'Appointment';

  constructor(private readonly bookAppointment: BookAppointment) {
    super();
  }

  create(resource: Appointment, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    return this.bookAppointment.create(resource, request, siblings);
  }

  update(
    resource: Appointment,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    return this.bookAppointment.update(resource, previous, request, siblings);
  }
}
