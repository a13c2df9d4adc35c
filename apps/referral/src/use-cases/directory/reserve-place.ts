import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import type { Act } from '#fhir-store';
import { Questions } from '#messaging';
import { Platform } from '#service';
import { alternativeIssues } from '../../domain/alternative-issues.js';
import { isUndecided } from '../../domain/deadlines/stages.js';
import { heldPlaceOf, placeAfter, placeKey, withHeldPlace } from '../../domain/held-place.js';
import { isEnd } from '../../domain/state-before.js';
import { askDirectory, heldOrNot } from './directory-answers.js';
import { needOf } from './judge-activity.js';

export interface PlacedTask {
  task: Task;
  /** To be used by the commit of the Task: then the place is its own. */
  keys: string[];
}

/** A part as it was, the version of that, and as it comes out of its turn. */
export interface PartTurned {
  previous: Task;
  version: number;
  task: Task;
  /** False for an edit, by which nobody comes to an activity or leaves it. */
  isTurn: boolean;
}

/** A turn that needs a place at an activity that has none: no conflict of writers, for once more it is the same. */
export class NoPlaceLeft extends FhirError {}

/**
 * Has the directory keep a place before a part is accepted at an activity, and lets the Task say where it has one. Places
 * that the Task has no more are freed by its event.
 */
@Injectable()
export class ReservePlace {
  constructor(
    private readonly questions: Questions,
    private readonly platform: Platform,
  ) {}

  async execute(turned: PartTurned, { act, now }: { act: Act; now: Date }): Promise<PlacedTask> {
    const { previous, task, isTurn } = turned;
    const held = heldPlaceOf(previous);
    const wanted = isTurn ? placeAfter(previous, task) : held;
    const isNew = wanted !== undefined && wanted !== held;
    const keys = isNew ? [await this.#hold(wanted, turned, { act, now })] : [];
    return { task: withHeldPlace(task, wanted), keys };
  }

  async #hold(
    service: string,
    { previous, version }: PartTurned,
    { act: { correlationId }, now }: { act: Act; now: Date },
  ): Promise<string> {
    const hold = this.platform.newId();
    const payload = {
      hold,
      service,
      task: previous.id ?? '',
      version: version + 1,
      need: needOf(undefined, now),
      correlationId,
    };
    const answer = await askDirectory(this.questions, { question: 'hold-place', payload }, heldOrNot);
    if (answer.held) return placeKey(hold);
    const diagnostics = `HealthcareService/${service} has no place left. ${adviceOn(previous)}`;
    const full = error('conflict', diagnostics, 'Task.businessStatus');
    throw new NoPlaceLeft([full, ...alternativeIssues(answer.alternatives)], { status: 409 });
  }
}

/** What can be done instead from where the part stands. */
function adviceOn(previous: Task): string {
  const held = heldPlaceOf(previous);
  if (held !== undefined) {
    return `The person keeps the place at HealthcareService/${held}. Choose another activity, or let the requester ask for this one beside it (Task/[id]/$split): that part may wait for it.`;
  }
  if (isEnd(previous.status)) return 'The part stays as it ended.';
  const list = 'Put the person on its waiting list (waitlisted)';
  return isUndecided(previous) ? `${list}, or say that it is full (rejected, capacity-full).` : `${list}.`;
}
