import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { idIn } from '#fhir';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { heldPlaceExtension } from '../domain/capacity.js';
import { SettlePlace } from '../use-cases/places/settle-place.js';

/** A provider's Task says at which activity it has a place: what was kept for it is confirmed, or freed. */
@Injectable()
export class OnTask extends EventHandler {
  readonly consumer = 'activity-directory-settles-places';
  readonly subjects = [subjectsOfType('referral', 'Task')];

  constructor(private readonly settlePlace: SettlePlace) {
    super();
  }

  override concerns({ data }: CloudEvent): boolean {
    const task = data as Task | undefined;
    return task?.partOf !== undefined;
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const { id = '', extension } = event.data as Task;
    const place = extension?.find(({ url }) => url === heldPlaceExtension)?.valueReference;
    const act = actOf(event, { service: 'activity-directory', handler: this.consumer });
    await this.settlePlace.execute(
      { task: id, version: event.sequence, service: idIn(place, 'HealthcareService') },
      { act, tx, isHeard: true },
    );
  }
}
