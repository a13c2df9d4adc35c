import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { SetDeadlines } from './effects/set-deadlines.js';
import { NameDuplicate } from './name-duplicate.js';

/** The first part of a referral as it is sent: with its open duplicate, where there is one, and its deadlines. */
@Injectable()
export class SendFirstPart {
  constructor(
    private readonly nameDuplicate: NameDuplicate,
    private readonly setDeadlines: SetDeadlines,
  ) {}

  async execute(part: Task, now: Date): Promise<Task> {
    return this.setDeadlines.execute([undefined, await this.nameDuplicate.execute(part)], { now, turned: true });
  }
}
