import { Injectable } from '@nestjs/common';
import type { Reference, Task, TaskOutput } from 'fhir/r4';
import { error, FhirError, idIn } from '#fhir';
import { Platform } from '#service';
import { activitiesOf } from '../../domain/activities.js';
import { businessStatusOf, hasCode, taskOutputSystem } from '../../domain/codes.js';
import { earlierPartInput, inputOf } from '../../domain/new-part.js';
import { newSuccessors, successorIs, successorOf } from '../../domain/successor.js';
import { defaultTurnPolicy } from '../../domain/turns/turn-policy.js';
import { notToBeHad, PlanPart, type PlannedPart } from '../plan-part.js';
import { ReferralTasks, type StoredTask } from '../referral-tasks.js';

export interface Ending {
  previous: Task;
  wished: Task;
  parent: StoredTask;
  /** The part that goes on, where it is planned already. */
  planned?: PlannedPart | undefined;
  now: Date;
}

export interface Succeeded {
  /** As it was wished; its output names the part that goes on. */
  wished: Task;
  successor?: PlannedPart;
}

/** Who goes on where a part ends: whom it is forwarded to, or after silence the next of those whom the requester named. */
@Injectable()
export class NameSuccessor {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly planPart: PlanPart,
    private readonly platform: Platform,
  ) {}

  async execute(ending: Ending): Promise<Succeeded> {
    const named = await this.#named(ending);
    const own = (named.successor ?? ending.planned)?.task.id;
    // Else a part would end in the name of one that nobody was asked for.
    if (newSuccessors(ending.previous, named.wished).some((id) => id !== own)) {
      throw refused('Name the HealthcareService or Organization that goes on: its Task is made here.');
    }
    return named;
  }

  async #named(ending: Ending): Promise<Succeeded> {
    const [before, business] = [ending.previous, ending.wished].map(businessStatusOf);
    if (business === before)
      return { wished: business === 'forwarded' ? await this.#saidAgain(ending) : ending.wished };
    if (business === 'forwarded') return this.#forwarded(ending);
    return business === 'expired' ? this.#expired(ending) : { wished: ending.wished };
  }

  /** To the same provider it is the same turn; to somebody else it would be told as done, and nobody asked. */
  async #saidAgain({ previous, wished, parent }: Ending): Promise<Task> {
    const target = targetOf(wished);
    if (!target) return wished;
    const parts = await this.tasks.partsOf(parent.stored.id);
    const next = parts.find(({ stored }) => stored.id === successorOf(previous));
    if (next && isAsked(next.task, target))
      return { ...wished, output: [...withoutSuccessors(wished), successorIs(next.stored.id)] };
    throw FhirError.of('conflict', 'It went on to another provider; who has it now may forward it.', {
      status: 409,
      expression: 'Task.output',
    });
  }

  async #forwarded(ending: Ending): Promise<Succeeded> {
    const target = targetOf(ending.wished);
    if (!target) return { wished: ending.wished };
    const successor = await this.#plan(ending, target);
    const parts = (await this.tasks.partsOf(ending.parent.stored.id)).map(({ task }) => task);
    const chain = chainOf(ending.previous, parts);
    if (chain.some((part) => isSameProvider(part, successor.task))) {
      throw refused('It was with this provider already; choose another one.');
    }
    if (chain.length > defaultTurnPolicy.forwardings) {
      const most = String(defaultTurnPolicy.forwardings);
      throw refused(`A referral is forwarded ${most} times at most; reject it, and the requester chooses.`);
    }
    return succeeded(ending.wished, successor);
  }

  /** Those who are named beside the first are alternatives that the requester, and so the person, agreed to. */
  async #expired(ending: Ending): Promise<Succeeded> {
    const request = await this.tasks.requestOf(ending.parent.task);
    const parts = (await this.tasks.partsOf(ending.parent.stored.id)).map(({ task }) => task);
    for (const target of request?.resource.performer ?? []) {
      if (parts.some((part) => isAsked(part, target))) continue;
      const successor = await this.#plan(ending, target).catch(notToBeHad);
      if (successor && !parts.some((part) => isSameProvider(part, successor.task))) {
        return succeeded(ending.wished, successor);
      }
    }
    return { wished: ending.wished };
  }

  #plan({ parent, previous, now }: Ending, target: Reference): Promise<PlannedPart> {
    const { id = '' } = previous;
    return this.planPart.execute({
      parent,
      target,
      expression: 'Task.output',
      id: this.platform.newId(),
      input: [earlierPartInput('forwarded-from', id)],
      ending: id,
      now,
    });
  }
}

/** The activity or organisation that an output of type successor names. */
function targetOf({ output = [] }: Task): Reference | undefined {
  return output
    .filter(({ type }) => hasCode(type, taskOutputSystem, 'successor'))
    .map(({ valueReference }) => valueReference)
    .find((one) => idIn(one, 'HealthcareService') !== undefined || idIn(one, 'Organization') !== undefined);
}

function succeeded(wished: Task, successor: PlannedPart): Succeeded {
  return {
    wished: { ...wished, output: [...withoutSuccessors(wished), successorIs(successor.task.id ?? '')] },
    successor,
  };
}

function withoutSuccessors({ output = [] }: Task): TaskOutput[] {
  return output.filter(({ type }) => !hasCode(type, taskOutputSystem, 'successor'));
}

/** This part and those that it was forwarded from, the latest first. */
function chainOf(part: Task, parts: readonly Task[]): Task[] {
  const from = idIn(inputOf(part, 'forwarded-from')?.valueReference, 'Task');
  const earlier = parts.find(({ id }) => id === from);
  return [part, ...(earlier && earlier.id !== part.id ? chainOf(earlier, parts) : [])];
}

function isSameProvider(one: Task, other: Task): boolean {
  if (idIn(one.owner, 'Organization') !== idIn(other.owner, 'Organization')) return false;
  const [first, second] = [activitiesOf(one), activitiesOf(other)];
  return first.length === 0 || second.length === 0 || first.some((id) => second.includes(id));
}

function isAsked(part: Task, target: Reference): boolean {
  const activity = idIn(target, 'HealthcareService');
  if (activity !== undefined) return activitiesOf(part).includes(activity);
  return idIn(part.owner, 'Organization') === idIn(target, 'Organization');
}

function refused(diagnostics: string): FhirError {
  return new FhirError([error('business-rule', diagnostics, 'Task.output')], { status: 422 });
}
