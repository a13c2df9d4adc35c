import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { error, FhirError, idIn, restrictedAs } from '#fhir';
import { type Act, personsIn, type Stored, type Write } from '#fhir-store';
import { newActivities } from '../../domain/activities.js';
import type { Moment } from '../../domain/deadlines/keep-deadlines.js';
import type { Effect, PartTurn } from '../../domain/transitions.js';
import { turnProvenance } from '../../domain/turn-provenance.js';
import { AbortTasks } from '../cancelling/abort-tasks.js';
import { JudgeActivity } from '../directory/judge-activity.js';
import type { PlannedPart } from '../plan-part.js';
import { ProviderDirectory } from '../provider-directory.js';
import { type Ending, NameSuccessor, type Succeeded } from './name-successor.js';
import { SetDeadlines } from './set-deadlines.js';

export interface TurnTaken {
  before: Stored;
  previous: Task;
  /** As it will be. */
  task: Task;
  transition: PartTurn;
  /** Effects that the caller writes itself. */
  brings?: readonly Effect[];
  successor: PlannedPart | undefined;
  /** Other parts that move in the same commit. */
  beside?: readonly Task[];
  act: Act;
  now: Date;
}

/** What happens with a turn beside its Task and the referral's: who goes on, until when, what asked for it, who took it. */
@Injectable()
export class TurnEffects {
  constructor(
    private readonly nameSuccessor: NameSuccessor,
    private readonly setDeadlines: SetDeadlines,
    private readonly abortTasks: AbortTasks,
    private readonly directory: ProviderDirectory,
    private readonly judgeActivity: JudgeActivity,
  ) {}

  succeeded(ending: Ending): Promise<Succeeded> {
    return this.nameSuccessor.execute(ending);
  }

  dated(parts: readonly [previous: Task | undefined, task: Task], moment: Moment): Promise<Task> {
    return this.setDeadlines.execute(parts, moment);
  }

  /** The part that begins; its provider is asked by its event. */
  async begun({ task, audience }: PlannedPart, now: Date): Promise<Write> {
    const dated = await this.dated([undefined, task], { now, turned: true });
    return { interaction: 'create', resource: dated, audience, event: 'referral-requested.v1' };
  }

  async execute(turn: TurnTaken): Promise<Write[]> {
    if (turn.transition.business === 'activity-changed') await this.#ownActivities(turn);
    return [
      ...(turn.successor ? [await this.begun(turn.successor, turn.now)] : []),
      ...(await this.#cancellation(turn)),
      provenanceWrite(turn),
    ];
  }

  /** A provider offers what it provides itself and what takes referrals: for another's the requester asks the other. */
  async #ownActivities({ previous, task, now }: TurnTaken): Promise<void> {
    for (const id of newActivities(previous, task)) {
      const { owner, activity } = await this.directory.providerOf(id, 'Task.input');
      if (idIn(owner, 'Organization') === idIn(task.owner, 'Organization')) {
        const asked = { activity, request: task.focus, now, expression: 'Task.input' };
        await this.judgeActivity.execute({ ...asked, placesAside: true });
        continue;
      }
      const diagnostics = `HealthcareService/${id} is not provided by the owner of this Task.`;
      throw new FhirError([error('business-rule', diagnostics, 'Task.input')], { status: 422 });
    }
  }

  async #cancellation({ task, transition, brings = [], beside = [], now }: TurnTaken): Promise<Write[]> {
    const isToDo = (effect: Effect) => transition.effects.includes(effect) && !brings.includes(effect);
    if (isToDo('abort-task-opened')) return [this.abortTasks.opened(task, { reason: task.statusReason, now })];
    if (brings.includes('abort-task-completed') || brings.includes('abort-task-rejected')) return [];
    const as = settledAs(task, isToDo('abort-task-rejected'));
    return as ? this.abortTasks.settled(task, { as, now, beside }) : [];
  }
}

/** What becomes of an open question whether to cancel a part that stands so. */
function settledAs({ status }: Task, isRefused: boolean): 'completed' | 'rejected' | undefined {
  if (status === 'cancelled' || status === 'entered-in-error') return 'completed';
  // Done is done, also where the question was forgotten over the report of a death: an open one would undo it.
  return isRefused || status === 'completed' || status === 'failed' ? 'rejected' : undefined;
}

function provenanceWrite({ before, task, act, now }: TurnTaken): Write {
  const made = turnProvenance(task, { version: before.version + 1, act, now });
  return {
    interaction: 'create',
    resource: restrictedAs(made, task),
    audience: before.audience,
    persons: personsIn(before),
  };
}
