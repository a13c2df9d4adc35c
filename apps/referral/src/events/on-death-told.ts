import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import { type CloudEvent, subjectsOfType } from '#events';
import { FhirStore } from '#fhir-store';
import { EventHandler } from '#messaging';
import { actOf } from '#service';
import { isDeathReported, isEnd } from '../domain/state-before.js';
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
    const teller = { id: task.id ?? '', at: new Date(event.time) };
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.tellDeath.execute({ patient, as, teller, act });
  }

  /** An event that comes late may tell what was said otherwise since: the person's other work does not follow it any more. */
  async #told({ type }: CloudEvent, told: Task): Promise<DeathTold['as'] | undefined> {
    const stored = await this.store.read('Task', told.id ?? '', everyone);
    const task = stored ? (parseJson(stored.content) as Task) : told;
    if (type === 'referral-resumed.v1') return this.#takenBack(told, task);
    if (task.status === 'entered-in-error') return undefined;
    const as = type === 'referral-patient-died.v1' ? 'formal' : 'reported';
    const isReported = as === 'reported' && isDeathReported(task);
    return isReported || isEnd(task.status) ? as : undefined;
  }

  /** What rested goes on: because a report was false, if that is what it rested for, and nobody said it again since. */
  async #takenBack({ id = '', meta }: Task, stands: Task): Promise<'false' | undefined> {
    if (isDeathReported(stands)) return undefined;
    const stored = await this.store.readVersion('Task', id, Number(meta?.versionId) - 1, everyone);
    return stored && isDeathReported(parseJson(stored.content) as Task) ? 'false' : undefined;
  }
}
