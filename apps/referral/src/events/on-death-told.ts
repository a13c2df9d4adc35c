import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import { type CloudEvent, subjectsOfType } from '#events';
import { FhirStore } from '#fhir-store';
import { EventHandler } from '#messaging';
import { actOf } from '#service';
import { businessStatusOf } from '../domain/codes.js';
import { isEnd } from '../domain/state-before.js';
import { type DeathTold, TellDeath } from '../use-cases/tell-death.js';

/** Of one part a death was told, or taken back: it holds for all work for that person. */
@Injectable()
export class OnDeathTold extends EventHandler {
  readonly consumer = 'referral-tells-deaths';
  readonly subjects = [subjectsOfType('referral', 'Task')];
  override readonly types = ['referral-death-reported.v1', 'referral-patient-died.v1', 'referral-resumed.v1'];

  constructor(
    private readonly store: FhirStore,
    private readonly tellDeath: TellDeath,
  ) {
    super();
  }

  async handle(event: CloudEvent): Promise<void> {
    const task = event.data as Task;
    const patient = idIn(task.for, 'Patient');
    const as = await this.#told(event, task);
    if (patient === undefined || !as) return;
    await this.tellDeath.execute({ patient, as, act: actOf(event, { service: 'referral', handler: this.consumer }) });
  }

  async #told({ type }: CloudEvent, task: Task): Promise<DeathTold['as'] | undefined> {
    if (type !== 'referral-resumed.v1') {
      // An event that comes late may tell what was taken back since: the person's other work is not stopped by it again.
      const now = await this.store.read('Task', task.id ?? '', everyone);
      const known = now ? (parseJson(now.content) as Task) : task;
      const isReport = type === 'referral-death-reported.v1';
      if (isEnd(known.status)) return isReport ? 'reported' : 'formal';
      return isReport && businessStatusOf(known) === 'death-reported' ? 'reported' : undefined;
    }
    // What rested goes on: because a report was false, if that is what it rested for.
    const before = Number(task.meta?.versionId) - 1;
    const stored = await this.store.readVersion('Task', task.id ?? '', before, everyone);
    const wasReported = stored && businessStatusOf(parseJson(stored.content) as Task) === 'death-reported';
    return wasReported ? 'false' : undefined;
  }
}
