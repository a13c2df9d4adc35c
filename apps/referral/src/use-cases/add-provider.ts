import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { error, FhirError, idIn, parseJson } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Write } from '#fhir-store';
import { actorsOf } from '../domain/actors.js';
import { inputOf, targetOf } from '../domain/new-part.js';
import { rollUp } from '../domain/roll-up.js';
import { withoutOthersNotes } from '../domain/task-notes.js';
import { TurnEffects } from './effects/turn-effects.js';
import { NarrowReferral, parentAudience } from './narrow-referral.js';
import { PlanPart } from './plan-part.js';
import { parentWrite, ReferralTasks, type StoredTask } from './referral-tasks.js';

/** Gives a referral one more provider: after a full class or a no, or beside the first. The requester chooses. */
@Injectable()
export class AddProvider {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly narrowReferral: NarrowReferral,
    private readonly planPart: PlanPart,
    private readonly effects: TurnEffects,
  ) {}

  async execute(resource: Task, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    if (siblings.some((one) => asksAgain(one, resource))) throw askedTwice();
    const parent = await this.#parentOf(resource, request);
    const planned = await this.planPart.execute({
      parent,
      target: targetOf(resource),
      expression: inputOf(resource, 'activity') ? 'Task.input' : 'Task.owner',
      id: resource.id ?? request.newId(),
      sent: resource,
      siblings,
      now: request.now,
    });
    const { audience, beside = [] } = planned;
    const parts = (await this.tasks.partsOf(parent.stored.id)).map(({ task }) => task);
    const rolled = withoutOthersNotes(rollUp(parent.task, [...parts, planned.task]), { parts, joining: audience });
    const touched = { ...rolled, lastModified: request.now.toISOString() };
    const moved = { parent: parent.task, parts, joining: audience, beside };
    return [
      await this.effects.begun(planned, request.now),
      // Always written: of two that ask the same provider at once the second one meets the first here.
      parentWrite(
        parent,
        touched,
        parentAudience(parent, { joining: audience, left: this.narrowReferral.left(moved) }),
      ),
      ...(await this.narrowReferral.shared(moved, { audience, sharer: request.caller })),
    ];
  }

  async #parentOf(resource: Task, { caller }: FhirRequest): Promise<StoredTask> {
    const parentId = idIn(resource.partOf?.[0], 'Task');
    const seen = parentId === undefined ? undefined : await this.store.read('Task', parentId, caller.audience);
    const parent = seen && !seen.deleted ? { stored: seen, task: parseJson(seen.content) as Task } : undefined;
    if (!parent || parent.task.partOf !== undefined) {
      throw refused('not-found', 'Task.partOf names no referral that you may see.', 'Task.partOf');
    }
    if (!actorsOf(parent.task, caller).includes('requester')) {
      throw FhirError.of('forbidden', 'Only the requesting side gives a referral to another provider.', {
        expression: 'Task.partOf',
      });
    }
    await this.#refuseEnded(parent);
    return parent;
  }

  async #refuseEnded(parent: StoredTask): Promise<void> {
    const asked = await this.tasks.requestOf(parent.task);
    if (asked?.resource.status !== 'active') {
      const diagnostics = `This referral is ${asked?.resource.status ?? 'gone'}: reopen a part of it (Task/[id]/$reopen) or send a new one.`;
      throw refused('business-rule', diagnostics, 'Task.partOf');
    }
  }
}

/** Another Task of the same transaction: what is stored does not know of it yet. */
function asksAgain(one: FhirResource, resource: Task): boolean {
  if (one.resourceType !== 'Task' || one === resource || (one.id !== undefined && one.id === resource.id)) return false;
  const isSamePart = idIn(one.partOf?.[0], 'Task') === idIn(resource.partOf?.[0], 'Task');
  return isSamePart && targetOf(one)?.reference === targetOf(resource)?.reference;
}

function askedTwice(): FhirError {
  const diagnostics = 'Two Tasks of this transaction ask the same provider for the same.';
  return FhirError.of('duplicate', diagnostics, { expression: 'Task.owner' });
}

function refused(code: 'not-found' | 'required' | 'business-rule', diagnostics: string, expression: string): FhirError {
  return new FhirError([error(code, diagnostics, expression)], { status: 422 });
}
