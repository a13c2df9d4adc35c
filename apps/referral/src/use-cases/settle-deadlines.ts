import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { FhirError, parseJson } from '#fhir';
import { type Act, FhirStore, type Stored } from '#fhir-store';
import { Platform } from '#service';
import { businessStatus, type BusinessStatus } from '../domain/codes.js';
import { type Deadline, type DeadlineKind, deadlinesIn } from '../domain/deadlines/deadline.js';
import { MoveTask, type TaskMove } from './move-task.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';

/** Takes the turns for which a deadline that passed stands: tells, escalates, ends. */
@Injectable()
export class SettleDeadlines {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly moveTask: MoveTask,
    private readonly platform: Platform,
  ) {}

  /**
   * Answers how many passed. Each is settled once: it goes from its Task in the commit that settles it. One that cannot be settled
   * keeps none of the others waiting; where nothing else is left, its failure is thrown.
   */
  async execute(): Promise<number> {
    const now = this.platform.now();
    const failures: unknown[] = [];
    let settled = 0;
    for await (const stored of this.#dueBefore(now)) {
      try {
        if (await this.#settle(stored, now)) settled++;
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (settled === 0 && failures.length > 0) throw failures[0];
    return settled;
  }

  async *#dueBefore(now: Date): AsyncGenerator<Stored> {
    let page = await this.tasks.dueBefore(now);
    yield* page.matches;
    while (page.next !== undefined) {
      page = await this.tasks.dueBefore(now, page.next);
      yield* page.matches;
    }
  }

  async #settle(stored: Stored, now: Date): Promise<boolean> {
    const part: StoredTask = { stored, task: parseJson(stored.content) as Task };
    const passed = earliest(part.task, now);
    if (!passed) return false;
    try {
      await this.#take(part, { passed, now, ...wishOf(passed.kind, part.task) });
    } catch (thrown) {
      if (isOvertaken(thrown)) return false;
      if (!isRefused(thrown)) throw thrown;
      // No turn is open from where the Task stands: that it passed is noted, and nothing else.
      await this.#take(part, { passed, now, task: part.task });
    }
    return true;
  }

  async #take({ stored }: StoredTask, move: Pick<TaskMove, 'task' | 'now' | 'turn' | 'passed'>): Promise<void> {
    const act: Act = { agent: 'referral', interaction: 'referral-clock', correlationId: this.platform.newId() };
    const writes = await this.moveTask.execute({ ...move, before: stored, actors: ['system'], act });
    await this.store.commit(writes, act);
  }
}

const turns: Record<DeadlineKind, { turn?: string; to?: [Task['status'] | 'same', BusinessStatus] }> = {
  acknowledge: { to: ['same', 'escalated'] },
  decide: { turn: '33c' },
  expire: { to: ['cancelled', 'expired'] },
  contact: { turn: '33d' },
  reply: { turn: '33c' },
  'waitlist-review': { turn: '33c' },
  'no-update': { turn: '33c' },
  'cancel-silence': { to: ['cancelled', 'cancelled-by-requester'] },
};

function wishOf(kind: DeadlineKind, task: Task): Pick<TaskMove, 'task' | 'turn'> {
  const { turn, to } = turns[kind];
  if (!to) return { task, ...(turn === undefined ? {} : { turn }) };
  const [status, business] = to;
  return {
    task: { ...task, status: status === 'same' ? task.status : status, businessStatus: businessStatus(business) },
  };
}

/** Of several that passed while nobody looked, the one that came first. */
function earliest(task: Task, now: Date): Deadline | undefined {
  const running = deadlinesIn(task).filter(({ due, stopped }) => stopped === undefined && due < now);
  return running.reduce<Deadline | undefined>((first, one) => (first && first.due <= one.due ? first : one), undefined);
}

/** Somebody wrote first, another process maybe: what is due then is seen at the next look. */
function isOvertaken(thrown: unknown): boolean {
  return thrown instanceof FhirError && (thrown.status === 409 || thrown.status === 412);
}

function isRefused(thrown: unknown): boolean {
  return thrown instanceof FhirError && thrown.status < 500;
}
