import { Injectable } from '@nestjs/common';
import type { DocumentReference, Task } from 'fhir/r4';
import { type Audience, audienceOf, everyone, idIn, parseJson } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { chaserOf, chaseStatusFor, chaseTask, chaseTaskId } from '../domain/chase-task.js';
import { isOpen } from '../domain/state-before.js';
import { ReferralTasks } from './referral-tasks.js';

/** A summary that its practice did not acknowledge: one Task for a person, done by itself when the practice says so after all. */
@Injectable()
export class AskToChaseSummary {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly platform: Platform,
  ) {}

  /** @param readers of the summary: who is asked to act may read it */
  async execute(
    document: DocumentReference,
    { readers, act }: { readers: Audience; act: Act },
    tx: Session,
  ): Promise<void> {
    const status = chaseStatusFor(document);
    if (status === undefined) return;
    const stored = await this.store.read('Task', chaseTaskId(document.id ?? ''), everyone, tx);
    const time = this.platform.now().toISOString();
    if (!stored || stored.deleted) {
      if (status !== 'requested' || stored) return;
      const owner = chaserOf(document, { readers, requester: await this.#requesterOf(document) });
      const resource = chaseTask(document, { authoredOn: time, owner });
      const audience = audienceOf(idIn(resource.owner, 'Organization'));
      await this.store.commit([{ interaction: 'create', resource, audience, event: 'chase-asked.v1' }], act, tx);
      return;
    }
    const task = parseJson(stored.content) as Task;
    // Also one that somebody began; what was said of one that is settled stays.
    if (!isOpen(task) || status === 'requested') return;
    const { audience, version } = stored;
    const resource = { ...task, status, lastModified: time };
    await this.store.commit([{ interaction: 'update', resource, audience, version }], act, tx);
  }

  async #requesterOf({ context }: DocumentReference): Promise<Task['requester']> {
    const ids = (context?.related ?? []).map((reference) => idIn(reference, 'ServiceRequest'));
    const id = ids.find((one) => one !== undefined);
    return id === undefined ? undefined : (await this.tasks.referralOf(id))?.task.requester;
  }
}
