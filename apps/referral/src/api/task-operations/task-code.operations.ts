import { Injectable } from '@nestjs/common';
import type { Parameters, Task } from 'fhir/r4';
import { error, FhirError, idIn, parseJson } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  type OperationParameter,
  operationParametersOf,
} from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { actorsOf } from '../../domain/actors.js';
import { MintCode } from '../../use-cases/task-codes/mint-code.js';
import { RedeemCode } from '../../use-cases/task-codes/redeem-code.js';
import { RevokeCodes } from '../../use-cases/task-codes/revoke-codes.js';
import { onOneTask } from './task-turn.operation.js';

const ended: readonly Task['status'][] = ['completed', 'rejected', 'failed', 'cancelled', 'entered-in-error'];

/** A provider without a system gives somebody a code for one Task: the door for a page that needs no sign-in. */
@Injectable()
export class MintCodeOperation extends Operation {
  readonly definition: OperationDefinition = {
    ...onOneTask,
    answersWritten: false,
    answersSecret: true,
    code: 'mint-code',
    title: 'Make a one-time code',
    description:
      'A code that lets its bearer act for the provider of this one Task. It is told once, holds seven days, and ends an earlier one that nobody used.',
    parameters: [
      told('code', 'string', 'To be redeemed once, with Task/$redeem-code.'),
      told('expires', 'dateTime', 'Until when.'),
    ],
  };

  constructor(
    private readonly store: FhirStore,
    private readonly mintCode: MintCode,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    operationParametersOf(request, this.definition);
    const task = await ownTask(this.store, request);
    if (ended.includes(task.status)) {
      const diagnostics = 'This Task is at an end: there is nothing to do with a code.';
      throw new FhirError([error('business-rule', diagnostics, 'Task.status')], { status: 422 });
    }
    const { caller, now, id: taskId = '' } = request;
    const organisation = idIn(task.owner, 'Organization') ?? '';
    const { code, endsAt } = await this.mintCode.execute({ taskId, organisation, client: caller.client, now });
    const parameter = [
      { name: 'code', valueString: code },
      { name: 'expires', valueDateTime: endsAt.toISOString() },
    ];
    return answered(parameter);
  }
}

@Injectable()
export class RevokeCodesOperation extends Operation {
  readonly definition: OperationDefinition = {
    ...onOneTask,
    answersWritten: false,
    code: 'revoke-codes',
    title: 'Take back the one-time codes of a Task',
    description: 'Ends every code of this Task, and the sessions that were opened with them.',
    parameters: [told('ended', 'integer', 'How many it ended.')],
  };

  constructor(
    private readonly store: FhirStore,
    private readonly revokeCodes: RevokeCodes,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    operationParametersOf(request, this.definition);
    await ownTask(this.store, request);
    const { id: taskId = '', now } = request;
    return answered([{ name: 'ended', valueInteger: await this.revokeCodes.execute({ taskId, now }) }]);
  }
}

/** The one who redeems a code is a client like any other: a code opens one Task to it, and nothing without its own token. */
@Injectable()
export class RedeemCodeOperation extends Operation {
  readonly definition: OperationDefinition = {
    ...onOneTask,
    type: true,
    instance: false,
    answersWritten: false,
    answersSecret: true,
    code: 'redeem-code',
    title: 'Redeem a one-time code',
    description:
      'Takes a code, once, and opens a session of this client for that one Task: send it in the header Ginnel-Task-Session of the operations on the Task. It ends after 30 minutes.',
    parameters: [
      { name: 'code', use: 'in', min: 1, max: '1', type: 'string', documentation: 'As it was made.' },
      told('session', 'string', 'For the header Ginnel-Task-Session.'),
      told('expires', 'dateTime', 'Until when.'),
      told('task', 'Task', 'The Task as it is now.'),
    ],
  };

  constructor(private readonly redeemCode: RedeemCode) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const code = operationParametersOf(request, this.definition).value('code', 'String') ?? '';
    const { caller, now } = request;
    const { session, endsAt, task } = await this.redeemCode.execute({ code, caller, now });
    return answered([
      { name: 'session', valueString: session },
      { name: 'expires', valueDateTime: endsAt.toISOString() },
      { name: 'task', resource: parseJson(task.content) as Task },
    ]);
  }
}

/** The Task, where it is the caller's organisation that works on it. */
async function ownTask(store: FhirStore, { id = '', caller }: FhirRequest): Promise<Task> {
  const stored = await store.read('Task', id, caller.audience);
  if (!stored || stored.deleted) throw FhirError.of('not-found', 'There is no Task at this address that you may see.');
  const task = parseJson(stored.content) as Task;
  if (task.partOf !== undefined && actorsOf(task, caller).includes('provider')) return task;
  throw FhirError.of('forbidden', 'Codes are made and taken back by the provider whose Task it is.');
}

function told(name: string, type: string, documentation: string): OperationParameter {
  return { name, use: 'out', min: 1, max: '1', type, documentation };
}

/** A secret stays in no cache. */
function answered(parameter: NonNullable<Parameters['parameter']>): FhirResponse {
  return { status: 200, resource: { resourceType: 'Parameters', parameter }, headers: { 'cache-control': 'no-store' } };
}
