import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { audienceOf, idIn, restrictedAs } from '#fhir';
import type { Write } from '#fhir-store';
import { Platform } from '#service';
import { abortTaskOf, type AskedAbort, isAbort, settledAbort, settledWhole } from '../../domain/abort-task.js';
import { ReferralTasks, type StoredTask } from '../referral-tasks.js';

/** The Tasks that ask to cancel: of each part, and of a referral as a whole. */
@Injectable()
export class AbortTasks {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly platform: Platform,
  ) {}

  /** Asks the provider of a part. */
  opened(part: Task, asked: Omit<AskedAbort, 'id'> & { id?: string }): Write {
    const made = abortTaskOf(part, { ...asked, id: asked.id ?? this.platform.newId() });
    return {
      interaction: 'create',
      resource: restrictedAs(made, part, asked.sent),
      audience: audienceOf(idIn(part.requester, 'Organization'), idIn(part.owner, 'Organization')),
      event: 'referral-cancellation-asked.v1',
    };
  }

  /** Those that ask to cancel this Task and are not settled yet. */
  async openOf(cancelledId: string): Promise<StoredTask[]> {
    const found = await this.tasks.focusedOn(cancelledId);
    return found.filter(({ task }) => isAbort(task) && task.status === 'requested');
  }

  /** What asked to cancel this part is settled; `beside` are parts of whose question the same commit disposes. */
  async settled(
    part: Task,
    { as, now, beside = [] }: { as: 'completed' | 'rejected'; now: Date; beside?: readonly Task[] },
  ): Promise<Write[]> {
    const open = await this.openOf(part.id ?? '');
    const settled = open.map((one) => ({ ...one, task: settledAbort(one.task, as, part, now) }));
    const wholes = new Set(settled.flatMap(({ task }) => idIn(task.partOf?.[0], 'Task') ?? []));
    const writes = settled.map(settledWrite);
    for (const id of wholes) {
      writes.push(...(await this.#whole(id, { settled, besides: beside.map((one) => one.id ?? ''), now })));
    }
    return writes;
  }

  async #whole(
    id: string,
    { settled, besides, now }: { settled: readonly StoredTask[]; besides: readonly string[]; now: Date },
  ): Promise<Write[]> {
    const whole = await this.tasks.withId(id);
    if (whole?.task.status !== 'requested') return [];
    const others = (await this.tasks.within(id)).filter(({ task }) => isAbort(task));
    const parts = others.map(({ task }) => {
      const own = settled.find((one) => one.task.id === task.id);
      if (own) return own.task;
      return besides.includes(idIn(task.focus, 'Task') ?? '') ? { ...task, status: 'completed' as const } : task;
    });
    const as = settledWhole(parts);
    return as ? [settledWrite({ ...whole, task: settledAbort(whole.task, as, whole.task, now) })] : [];
  }
}

function settledWrite({ stored, task }: StoredTask): Write {
  const event = task.status === 'rejected' ? 'referral-cancellation-refused.v1' : 'referral-cancellation-confirmed.v1';
  return { interaction: 'update', resource: task, audience: stored.audience, version: stored.version, event };
}
