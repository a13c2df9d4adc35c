import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { idIn, organisationsOf } from '#fhir';
import { FhirStore } from '#fhir-store';
import { NarrowReferral } from './narrow-referral.js';
import { ReferralTasks } from './referral-tasks.js';

/**
 * Takes back what a provider got by mistake: of what it sees no more now it sees no earlier version either. Its own part stays to
 * it, as the fact; so does what it sees by another referral.
 */
@Injectable()
export class RecallReferral {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly narrowReferral: NarrowReferral,
  ) {}

  /** Again, it changes nothing. */
  async execute(part: Task): Promise<void> {
    const provider = idIn(part.owner, 'Organization');
    const parent = await this.tasks.parentOf(part);
    if (provider === undefined || !parent) return;
    const shared = [parent.stored, ...(await this.narrowReferral.sharedBy(parent.task))];
    for (const { type, id, audience } of shared) {
      if (!organisationsOf(audience).includes(provider)) await this.store.recall({ type, id }, provider);
    }
  }
}
