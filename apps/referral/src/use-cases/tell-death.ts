import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import { Platform } from '#service';
import { businessStatus, businessStatusOf } from '../domain/codes.js';
import { isEnd, stateBefore } from '../domain/state-before.js';
import { MoveParts } from './move-parts.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';

export interface DeathTold {
  /** Id of the Patient. */
  patient: string;
  /** `reported`: somebody says so; `formal`: by a formal source; `false`: the report was wrong. */
  as: 'reported' | 'formal' | 'false';
  act: Act;
}

/** What is told of a person's death stands in all open work for that person. */
@Injectable()
export class TellDeath {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly moveParts: MoveParts,
    private readonly platform: Platform,
  ) {}

  /** Each referral by a commit of its own; told again, only what is left moves. */
  async execute({ patient, as, act }: DeathTold): Promise<void> {
    const now = this.platform.now();
    const parts = await this.tasks.partsAbout(patient);
    const referrals = new Set(parts.map(({ task }) => parentIdOf(task)));
    for (const referral of referrals) {
      const moves = parts
        .filter(({ task }) => parentIdOf(task) === referral)
        .flatMap((part) => {
          const wished = wishOf(part, as);
          return wished ? [{ part, wished }] : [];
        });
      if (moves.length === 0) continue;
      await this.store.commit(await this.moveParts.execute({ moves, actors: ['system'], act, now }), act);
    }
  }
}

function wishOf({ task }: StoredTask, as: DeathTold['as']): Task | undefined {
  const isReported = businessStatusOf(task) === 'death-reported';
  if (isEnd(task.status)) return undefined;
  if (as === 'formal') return { ...task, status: 'cancelled', businessStatus: businessStatus('patient-died') };
  if (as === 'reported')
    return isReported ? undefined : { ...task, status: 'on-hold', businessStatus: businessStatus('death-reported') };
  const left = isReported ? stateBefore(task) : undefined;
  return left && { ...task, status: left.status, businessStatus: businessStatus(left.business) };
}

function parentIdOf(task: Task): string | undefined {
  return idIn(task.partOf?.[0], 'Task');
}
