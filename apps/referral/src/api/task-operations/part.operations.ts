// Operations that make another Task. https://hl7.org/fhir/R4/operations.html
import { Injectable } from '@nestjs/common';
import type { Bundle, Reference, Task, TaskInput } from 'fhir/r4';
import { FhirError, idIn, parseJson } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { Platform } from '#service';
import { fulfil, taskInputSystem } from '../../domain/codes.js';
import { earlierPartInput } from '../../domain/new-part.js';
import { onOneTask } from './task-turn.operation.js';

/** The same as a POST of a Task whose input `reopens` names the one that ended. */
@Injectable()
export class ReopenOperation extends Operation {
  readonly definition: OperationDefinition = {
    ...onOneTask,
    code: 'reopen',
    title: 'Begin again',
    description:
      'What ended begins again as a new Task, which is answered: by the requester at any time, by the provider for 90 days.',
    parameters: [
      {
        name: 'to',
        use: 'in',
        min: 0,
        max: '1',
        type: 'Reference',
        documentation: 'HealthcareService or Organization, where the requester asks another one.',
      },
      { name: 'note', use: 'in', min: 1, max: '1', type: 'string', documentation: 'Why.' },
      { name: 'return', use: 'out', min: 1, max: '1', type: 'Task', documentation: 'The Task that goes on.' },
    ],
  };

  constructor(
    private readonly platform: Platform,
    private readonly store: FhirStore,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const given = operationParametersOf(request, this.definition);
    const { id = '' } = await readTask(this.store, request);
    const to = given.value('to', 'Reference');
    const input = [earlierPartInput('reopens', id), ...(to && isActivity(to) ? [asked(to)] : [])];
    const owner = to && !isActivity(to) ? { owner: to } : {};
    const note = [{ text: given.value('note', 'String') ?? '', time: request.now.toISOString() }];
    return this.platform.fhirServer.create(request, { ...newTask, ...owner, input, note });
  }
}

/** The same as a transaction of POSTs of Tasks that are part of the referral's own. */
@Injectable()
export class SplitOperation extends Operation {
  readonly definition: OperationDefinition = {
    ...onOneTask,
    answersWritten: false,
    code: 'split',
    title: 'Ask more providers',
    description:
      'The requester gives a referral to more providers: beside the first, or after a no. One new Task for each; all or none.',
    parameters: [
      {
        name: 'to',
        use: 'in',
        min: 1,
        max: '*',
        type: 'Reference',
        documentation: 'HealthcareService or Organization that is asked.',
      },
      {
        name: 'return',
        use: 'out',
        min: 1,
        max: '1',
        type: 'Bundle',
        documentation: 'Of type transaction-response, with the Tasks in the order in which they were asked for.',
      },
    ],
  };

  constructor(
    private readonly platform: Platform,
    private readonly store: FhirStore,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const given = operationParametersOf(request, this.definition);
    const task = await readTask(this.store, request);
    const partOf = task.partOf ?? [{ reference: `Task/${task.id ?? ''}` }];
    const tasks = given.values('to', 'Reference').map((to): Task => {
      const whom = isActivity(to) ? { input: [asked(to)] } : { owner: to };
      return { ...newTask, partOf, ...whom };
    });
    const entry = tasks.map((resource) => ({ resource, request: { method: 'POST' as const, url: 'Task' } }));
    const bundle: Bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    return this.platform.fhirServer.transact(request, bundle);
  }
}

const newTask: Task = { resourceType: 'Task', status: 'requested', intent: 'order', code: { coding: [fulfil] } };

async function readTask(store: FhirStore, { id = '', caller }: FhirRequest): Promise<Task> {
  const stored = await store.read('Task', id, caller.audience);
  if (stored && !stored.deleted) return parseJson(stored.content) as Task;
  throw FhirError.of('not-found', 'There is no Task at this address that you may see.');
}

function isActivity(to: Reference): boolean {
  return idIn(to, 'HealthcareService') !== undefined;
}

function asked(activity: Reference): TaskInput {
  return { type: { coding: [{ system: taskInputSystem, code: 'activity' }] }, valueReference: activity };
}
