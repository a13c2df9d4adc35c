import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { CountPlaces } from '../use-cases/count-places.js';

/** Somebody booked or cancelled: the directory shows how full a session is. */
@Injectable()
export class OnAppointment extends EventHandler {
  readonly consumer = 'activity-directory-counts-places';
  readonly subjects = [subjectsOfType('referral', 'Appointment')];
  override readonly types = ['appointment-booked.v1', 'appointment-cancelled.v1'];

  constructor(private readonly countPlaces: CountPlaces) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const act = actOf(event, { service: 'activity-directory', handler: this.consumer });
    const change = event.type === 'appointment-booked.v1' ? 'taken' : 'freed';
    await this.countPlaces.execute(event.data as Appointment, change, { act, tx });
  }
}
