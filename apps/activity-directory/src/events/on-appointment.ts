import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { CountPlaces } from '../use-cases/count-places.js';

/** Whatever happened to an Appointment may take or free a place: the directory shows how full a session is. */
@Injectable()
export class OnAppointment extends EventHandler {
  readonly consumer = 'activity-directory-counts-places';
  readonly subjects = [subjectsOfType('referral', 'Appointment')];

  constructor(private readonly countPlaces: CountPlaces) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    if (event.data === undefined) return;
    const act = actOf(event, { service: 'activity-directory', handler: this.consumer });
    await this.countPlaces.execute(event.data as Appointment, { act, tx });
  }
}
