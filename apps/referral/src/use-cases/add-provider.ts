import { Injectable } from '@nestjs/common';
import type { Reference, Task } from 'fhir/r4';
import { audienceOf, error, FhirError, idIn, parseJson, restrictedAs } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Write } from '#fhir-store';
import { activitiesOf } from '../domain/activities.js';
import { actorsOf } from '../domain/actors.js';
import { businessStatus, fulfil, taskInputSystem } from '../domain/codes.js';
import { JudgeConsent } from './judge-consent.js';
import { NarrowReferral, parentAudience } from './narrow-referral.js';
import { ProviderDirectory } from './provider-directory.js';
import { parentWrite, ReferralTasks, type StoredTask } from './referral-tasks.js';

/** Gives a referral one more provider: after a full class or a no, or beside the first. The requester chooses. */
@Injectable()
export class AddProvider {
  constructor(
    private readonly store: FhirStore,
    private readonly directory: ProviderDirectory,
    private readonly tasks: ReferralTasks,
    private readonly narrowReferral: NarrowReferral,
    private readonly judgeConsent: JudgeConsent,
  ) {}

  async execute(resource: Task, request: FhirRequest): Promise<Write[]> {
    const parent = await this.#parentOf(resource, request);
    const { owner, activity } = await this.#providerOf(resource);
    if (parent.task.for) await this.judgeConsent.refuseReferral(parent.task.for, { owner });
    const child = restrictedAs(this.#child(resource, { parent, owner, activity, request }), resource, parent.task);
    await this.#refuseSecondOpenTask(parent, child);
    const audience = audienceOf(idIn(parent.task.requester, 'Organization'), idIn(owner, 'Organization'));
    const touched: Task = { ...parent.task, lastModified: request.now.toISOString() };
    const parts = (await this.tasks.partsOf(parent.stored.id)).map(({ task }) => task);
    const moved = { parent: parent.task, parts, joining: audience };
    return [
      { interaction: 'create', resource: child, audience, event: 'referral-requested.v1' },
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
    if (parent.task.status === 'completed') {
      throw refused('business-rule', 'This referral is completed; send a new one.', 'Task.partOf');
    }
    return parent;
  }

  async #providerOf(resource: Task): Promise<{ owner: Reference; activity?: Reference }> {
    const input = resource.input?.find(({ type }) =>
      type.coding?.some(({ system, code }) => system === taskInputSystem && code === 'activity'),
    );
    const activityId = idIn(input?.valueReference, 'HealthcareService');
    if (activityId !== undefined) return this.directory.providerOf(activityId, 'Task.input');
    const ownerId = idIn(resource.owner, 'Organization');
    if (ownerId === undefined) {
      throw refused(
        'required',
        'Task.owner names the Organization, or Task.input the activity, that is asked next.',
        'Task.owner',
      );
    }
    await this.directory.organisation(ownerId, 'Task.owner');
    return { owner: { reference: `Organization/${ownerId}` } };
  }

  #child(
    resource: Task,
    {
      parent,
      owner,
      activity,
      request,
    }: { parent: StoredTask; owner: Reference; activity: Reference | undefined; request: FhirRequest },
  ): Task {
    const { focus, for: subject, requester, priority } = parent.task;
    return {
      resourceType: 'Task',
      id: resource.id ?? request.newId(),
      status: 'requested',
      businessStatus: businessStatus('sent'),
      intent: 'order',
      code: { coding: [fulfil] },
      partOf: [{ reference: `Task/${parent.stored.id}` }],
      ...(focus ? { focus } : {}),
      ...(subject ? { for: subject } : {}),
      ...(requester ? { requester } : {}),
      ...(priority ? { priority } : {}),
      ...(resource.description === undefined ? {} : { description: resource.description }),
      ...(resource.note ? { note: resource.note } : {}),
      owner,
      authoredOn: request.now.toISOString(),
      lastModified: request.now.toISOString(),
      ...(activity
        ? { input: [{ type: { coding: [{ system: taskInputSystem, code: 'activity' }] }, valueReference: activity }] }
        : {}),
    };
  }

  async #refuseSecondOpenTask(parent: StoredTask, child: Task): Promise<void> {
    const parts = await this.tasks.partsOf(parent.stored.id);
    const same = parts.find(({ task }) => isOpen(task) && asksTheSame(task, child));
    if (same)
      throw FhirError.of('duplicate', `Task/${same.stored.id} already asks this provider for it.`, {
        expression: 'Task.owner',
      });
  }
}

/** The same provider for the same activity, also where it offered another one since. */
function asksTheSame(one: Task, other: Task): boolean {
  if (idIn(one.owner, 'Organization') !== idIn(other.owner, 'Organization')) return false;
  const [first, second] = [activitiesOf(one), activitiesOf(other)];
  return (first.length === 0 && second.length === 0) || first.some((id) => second.includes(id));
}

function isOpen({ status }: Task): boolean {
  return ['requested', 'received', 'accepted', 'in-progress', 'on-hold'].includes(status);
}

function refused(code: 'not-found' | 'required' | 'business-rule', diagnostics: string, expression: string): FhirError {
  return new FhirError([error(code, diagnostics, expression)], { status: 422 });
}
