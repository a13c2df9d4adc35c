import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { ProposeLinks } from '../use-cases/identity/propose-links.js';

/** A person's record came, changed or was shown to somebody: whoever sees another one of the same person is asked. */
@Injectable()
export class OnPatientKnown extends EventHandler {
  readonly consumer = 'referral-proposes-links';
  readonly subjects = [subjectsOfType('referral', 'Patient')];

  constructor(private readonly proposeLinks: ProposeLinks) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    if (event.data === undefined) return;
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.proposeLinks.execute(event.data as Patient, event.audience.split(','), { act, tx });
  }
}
