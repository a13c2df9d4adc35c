import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { type Act, FhirStore, type Write } from '#fhir-store';
import { Platform } from '#service';
import { businessStatus, businessStatusOf } from '../domain/codes.js';
import { isDeathReported, isEnd, stateBefore } from '../domain/state-before.js';
import { FollowRequest } from './follow-request.js';
import { MoveParts } from './move-parts.js';
import { parentWrite, ReferralTasks, type StoredTask } from './referral-tasks.js';

export interface DeathTold {
  /** Id of the Patient. */
  patient: string;
  /** `reported`: somebody says so; `formal`: by a formal source; `false`: the report was wrong. */
  as: 'reported' | 'formal' | 'false';
  /** The part of which it was told, where it was one, and when: it says so itself. */
  teller?: { id: string; at: Date };
  act: Act;
}

/** What is told of a person's death stands in all open work for that person, and ends what waits for another provider. */
@Injectable()
export class TellDeath {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly moveParts: MoveParts,
    private readonly followRequest: FollowRequest,
    private readonly platform: Platform,
  ) {}

  /** Each referral by a commit of its own; told again, only what is left moves. */
  async execute({ patient, ...told }: DeathTold): Promise<void> {
    const now = this.platform.now();
    const parts = await this.tasks.partsAbout(patient);
    const referrals = new Set(parts.map(({ task }) => parentIdOf(task)));
    for (const referral of referrals) {
      const own = parts.filter(({ task }) => parentIdOf(task) === referral);
      const writes = await this.#told(own, told, now);
      if (writes.length > 0) await this.store.commit(writes, told.act);
    }
  }

  async #told(parts: readonly StoredTask[], told: Omit<DeathTold, 'patient'>, now: Date): Promise<Write[]> {
    const { as, act } = told;
    const moves = parts.flatMap((part) => {
      const wished = wishOf(part, told);
      return wished ? [{ part, wished }] : [];
    });
    if (moves.length > 0) return this.moveParts.execute({ moves, actors: ['system'], act, now });
    return as === 'formal' ? this.#closed(parts, act, now) : [];
  }

  /** Nobody works on it: its requester is to choose nobody any more. */
  async #closed([part]: readonly StoredTask[], act: Act, now: Date): Promise<Write[]> {
    const before = part && (await this.tasks.parentOf(part.task));
    const request = before && (await this.tasks.requestOf(before.task));
    if (!part || !before || request?.resource.status !== 'active') return [];
    const died = { status: 'cancelled', businessStatus: businessStatus('patient-died') } as const;
    const parent: Task = { ...before.task, ...died, lastModified: now.toISOString() };
    const turn = { previous: part.task, before: before.task, parent, actors: ['system'] as const, act, now };
    const followed = await this.followRequest.execute(turn);
    // What had ended otherwise stays what became of it; nobody is asked under its wish any more.
    return isEnd(before.task.status) ? followed : [parentWrite(before, parent), ...followed];
  }
}

function wishOf({ task }: StoredTask, { as, teller }: Omit<DeathTold, 'patient'>): Task | undefined {
  if (isEnd(task.status) || task.id === teller?.id) return undefined;
  if (as === 'formal') return { ...task, status: 'cancelled', businessStatus: businessStatus('patient-died') };
  if (as === 'false') return livingOn(task, teller);
  if (isDeathReported(task)) return undefined;
  return { ...task, status: 'on-hold', businessStatus: businessStatus('death-reported') };
}

/** As it was before the report; what somebody said of it after the teller is not taken back. */
function livingOn(task: Task, teller: DeathTold['teller']): Task | undefined {
  const left = businessStatusOf(task) === 'death-reported' ? stateBefore(task) : undefined;
  const isSaidSince = left && teller && left.by.length > 0 && left.at > teller.at;
  return left && !isSaidSince
    ? { ...task, status: left.status, businessStatus: businessStatus(left.business) }
    : undefined;
}

function parentIdOf(task: Task): string | undefined {
  return idIn(task.partOf?.[0], 'Task');
}
