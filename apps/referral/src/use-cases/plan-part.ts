import { Injectable } from '@nestjs/common';
import type { FhirResource, Reference, Task, TaskInput } from 'fhir/r4';
import { type Audience, audienceOf, error, FhirError, idIn, restrictedAs } from '#fhir';
import { personIsAlive } from '../domain/identity/patient-change.js';
import { askedAmong, newPartOf } from '../domain/new-part.js';
import { asksTheSame } from '../domain/open-duplicate.js';
import { isOpen } from '../domain/state-before.js';
import { sentToWait } from '../domain/waiting.js';
import { JudgeActivity } from './directory/judge-activity.js';
import { JudgeConsent } from './judge-consent.js';
import { NameDuplicate } from './name-duplicate.js';
import { ProviderDirectory } from './provider-directory.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';

export interface PlannedPart {
  task: Task;
  /** Requester and provider. */
  audience: Audience;
  /** Providers that the same transaction asks beside it. */
  beside?: Audience;
}

export interface PartPlan {
  parent: StoredTask;
  /** The HealthcareService, or else the Organization, that is asked. */
  target: Reference | undefined;
  /** The element in which it was named, for the refusal. */
  expression: string;
  id: string;
  input?: readonly TaskInput[];
  /** As it was sent, where it was: what describes it, and its labels. */
  sent?: Task;
  /** A part that ends in the same commit: it does not ask the same any more. */
  ending?: string;
  /** The other resources of the same transaction. */
  siblings?: readonly FhirResource[];
  now: Date;
}

/** One more provider's part of a referral, as far as the directory, the person's consent and the other parts let it be. */
@Injectable()
export class PlanPart {
  constructor(
    private readonly directory: ProviderDirectory,
    private readonly tasks: ReferralTasks,
    private readonly judgeConsent: JudgeConsent,
    private readonly judgeActivity: JudgeActivity,
    private readonly nameDuplicate: NameDuplicate,
  ) {}

  async execute({ parent, target, expression, ...plan }: PartPlan): Promise<PlannedPart> {
    const { owner, activity } = await this.#providerOf(target, expression);
    await this.#refuseAfterDeath(parent.task);
    if (parent.task.for) await this.judgeConsent.refuseReferral(parent.task.for, { owner });
    const { id, input = [], sent, siblings = [], now } = plan;
    const judged = await this.judgeActivity.execute({ activity, request: parent.task.focus, now, expression });
    const part = newPartOf(parent.task, {
      id,
      owner,
      input,
      now,
      ...(activity ? { activity } : {}),
      ...(sent ? { described: sent } : {}),
    });
    const task = restrictedAs(judged === 'waiting' ? sentToWait(part) : part, sent, parent.task);
    await this.#refuseSecondOpenTask(parent, task, plan.ending);
    return {
      task: await this.nameDuplicate.execute(task),
      audience: audienceOf(idIn(parent.task.requester, 'Organization'), idIn(owner, 'Organization')),
      beside: await this.#askedBeside(parent, siblings),
    };
  }

  /** What is stored does not know of them yet. Who may not be asked is refused where it is asked. */
  async #askedBeside(parent: StoredTask, siblings: readonly FhirResource[]): Promise<Audience> {
    if (siblings.length === 0) return [];
    const parts = (await this.tasks.partsOf(parent.stored.id)).map(({ task }) => task);
    const targets = askedAmong(siblings, parent.task, parts);
    const asked = await Promise.all(targets.map((one) => this.#providerOf(one, 'Task.owner').catch(notToBeHad)));
    return audienceOf(...asked.map((one) => idIn(one?.owner, 'Organization')));
  }

  async #refuseAfterDeath(parent: Task): Promise<void> {
    const issues = personIsAlive((await this.tasks.personOf(parent))?.resource, 'Task.for');
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
  }

  async #providerOf(
    target: Reference | undefined,
    expression: string,
  ): Promise<{ owner: Reference; activity?: Reference }> {
    const activityId = idIn(target, 'HealthcareService');
    if (activityId !== undefined) return this.directory.providerOf(activityId, expression);
    const ownerId = idIn(target, 'Organization');
    if (ownerId === undefined) {
      const diagnostics =
        'Task.owner names the Organization, or Task.input (Task.output, where it is forwarded) the activity, that is asked next.';
      throw new FhirError([error('required', diagnostics, expression)], { status: 422 });
    }
    await this.directory.organisation(ownerId, expression);
    return { owner: { reference: `Organization/${ownerId}` } };
  }

  async #refuseSecondOpenTask(parent: StoredTask, part: Task, ending: string | undefined): Promise<void> {
    const parts = await this.tasks.partsOf(parent.stored.id);
    const same = parts.find(({ task }) => task.id !== ending && isOpen(task) && asksTheSame(task, part));
    if (same)
      throw FhirError.of('duplicate', `Task/${same.stored.id} already asks this provider for it.`, {
        expression: 'Task.owner',
      });
  }
}

/** One who may not be asked is passed over; what cannot be known now is asked again later. */
export function notToBeHad(thrown: unknown): undefined {
  if (thrown instanceof FhirError && thrown.status < 500) return undefined;
  throw thrown;
}
