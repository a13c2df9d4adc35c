import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import type { Act, Write } from '#fhir-store';
import type { Actor } from '../domain/transitions.js';
import { MoveTask } from './move-task.js';
import type { StoredTask } from './referral-tasks.js';

export interface PartsMove {
  /** Parts of one referral as they are, and as they are wished. */
  moves: readonly { part: StoredTask; wished: Task }[];
  actors: readonly Actor[];
  act: Act;
  now: Date;
}

/** Moves several parts of one referral in one commit; what they make of it together is written once. */
@Injectable()
export class MoveParts {
  constructor(private readonly moveTask: MoveTask) {}

  async execute({ moves, ...mover }: PartsMove): Promise<Write[]> {
    const beside = moves.map(({ wished }) => wished);
    const writes: Write[][] = [];
    for (const { part, wished } of moves) {
      writes.push(await this.moveTask.execute({ ...mover, before: part.stored, task: wished, beside }));
    }
    return mergedWrites(writes.flat());
  }
}

function mergedWrites(writes: readonly Write[]): Write[] {
  const seen = new Set<string>();
  return writes.filter((write) => {
    const name = nameOf(write);
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
}

/** What has no id yet, such as a Provenance, is known by what it says. */
function nameOf(write: Write): string {
  if (write.interaction === 'delete') return `${write.type}/${write.id}`;
  const { resourceType, id } = write.resource;
  return id === undefined ? JSON.stringify(write.resource) : `${resourceType}/${id}`;
}
