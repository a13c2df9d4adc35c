import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { idIn, organisationsOf } from '#fhir';
import { type Act, FhirStore, type Stored, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { NarrowReferral } from './narrow-referral.js';
import { ReferralTasks } from './referral-tasks.js';

/**
 * Takes back what a provider got by mistake: of what it sees no more now it sees no earlier version either, nor of what others
 * hung on the referral or on its part. Its own part stays to it, as the fact; so does what it made itself, and what it sees by
 * another referral.
 */
@Injectable()
export class RecallReferral {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly narrowReferral: NarrowReferral,
  ) {}

  /** Again, it changes nothing. */
  async execute(part: Task, act: Act, tx: Session): Promise<void> {
    const provider = idIn(part.owner, 'Organization');
    const parent = await this.tasks.parentOf(part);
    if (provider === undefined || !parent) return;
    const shared = [parent.stored, ...(await this.narrowReferral.sharedBy(parent.task))];
    const hidden = shared.filter((one) => isHidden(one, provider));
    const hanging = hidden.includes(parent.stored) ? await this.narrowReferral.hungByOthers(parent.task, provider) : [];
    const writes = await this.narrowReferral.withdrawn(hanging, { parent: parent.task, left: [provider] });
    if (writes.length > 0) await this.store.commit(writes, act, tx);
    const withdrawn = hanging.filter((one) => isHidden(one, provider) || writes.some((write) => isOf(write, one)));
    for (const { type, id } of [...hidden, ...withdrawn]) await this.store.recall({ type, id }, provider, tx);
  }
}

function isHidden({ audience }: Stored, organisation: string): boolean {
  return !organisationsOf(audience).includes(organisation);
}

function isOf(write: Write, { type, id }: Stored): boolean {
  return write.interaction !== 'delete' && write.resource.resourceType === type && write.resource.id === id;
}
