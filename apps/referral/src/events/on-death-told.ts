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

  #told(event: CloudEvent, task: Task): Promise<DeathTold['as'] | undefined> {
    return event.type === 'referral-resumed.v1' ? this.#takenBack(task) : this.#stillTold(event, task);
  }

  /** What rested goes on: because a report was false, if that is what it rested for. */
  async #takenBack({ id = '', meta }: Task): Promise<'false' | undefined> {
    const stored = await this.store.readVersion('Task', id, Number(meta?.versionId) - 1, everyone);
    const wasReported = stored && businessStatusOf(parseJson(stored.content) as Task) === 'death-reported';
    return wasReported ? 'false' : undefined;
  }

  /** An event that comes late may tell what was taken back since: the person's other work is not stopped by it again. */
  async #stillTold({ type }: CloudEvent, told: Task): Promise<'reported' | 'formal' | undefined> {
    const as = type === 'referral-patient-died.v1' ? 'formal' : 'reported';
    const stored = await this.store.read('Task', told.id ?? '', everyone);
    const task = stored ? (parseJson(stored.content) as Task) : told;
    if (task.status === 'entered-in-error') return undefined;
    const isReported = as === 'reported' && businessStatusOf(task) === 'death-reported';
    return isReported || isEnd(task.status) ? as : undefined;
  }
}
