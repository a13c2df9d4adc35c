import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { asksTheSame, withOpenDuplicate } from '../domain/open-duplicate.js';
import { ReferralTasks } from './referral-tasks.js';

/**
 * A part that is sent names an open one of another referral by which the same requester asks the same provider for the same
 * person's place in the same activity. It is told and not refused: a referral that is kept back may be care that nobody gives.
 */
@Injectable()
export class NameDuplicate {
  constructor(private readonly tasks: ReferralTasks) {}

  async execute(part: Task): Promise<Task> {
    const alike = await this.tasks.openAlike(part);
    const own = part.partOf?.[0]?.reference;
    const other = alike.find(({ task }) => task.partOf?.[0]?.reference !== own && asksTheSame(task, part));
    return other ? withOpenDuplicate(part, other.stored.id) : part;
  }
}
