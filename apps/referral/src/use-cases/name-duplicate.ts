import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { restrictedAs } from '#fhir';
import { asksTheSame, withOpenDuplicate } from '../domain/open-duplicate.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';

/**
 * A part that is sent names an open one of another referral by which the same requester asks the same provider for the same
 * person and activity. It is told and not refused: a referral that is kept back may be care that nobody gives.
 */
@Injectable()
export class NameDuplicate {
  constructor(private readonly tasks: ReferralTasks) {}

  async execute(part: Task): Promise<Task> {
    const alike = await this.tasks.openAlike(part);
    const own = part.partOf?.[0]?.reference;
    const other = alike
      .filter(({ task }) => task.partOf?.[0]?.reference !== own && asksTheSame(task, part))
      .find((one) => isSeenWith(part, one));
    return other ? withOpenDuplicate(part, other.stored.id) : part;
  }
}

/** Whoever sees the part sees the other one too: neither a label nor a Consent hides that one from them. */
function isSeenWith(part: Task, { stored, task }: StoredTask): boolean {
  return restrictedAs(part, task) === part && stored.audience.every((mark) => !mark.startsWith('!'));
}
