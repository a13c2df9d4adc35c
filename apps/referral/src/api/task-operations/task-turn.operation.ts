// An operation on an instance of Task. https://hl7.org/fhir/R4/operations.html
import type { Task } from 'fhir/r4';
import {
  type FhirRequest,
  type FhirResponse,
  type FhirServer,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import type { FindSession } from '../../use-cases/task-codes/find-session.js';
import type { TaskTurn } from './task-turn.js';
import { parametersOf } from './turn-parameters.js';
import { wishedTask } from './wished-task.js';

/** One turn of a provider's Task as an operation: a plain update in fewer words, judged as the plain update is. */
export class TaskTurnOperation extends Operation {
  readonly definition: OperationDefinition;

  constructor(
    private readonly turn: TaskTurn,
    private readonly server: FhirServer,
    private readonly findSession: FindSession,
  ) {
    super();
    const { code, title, description } = turn;
    this.definition = { ...onOneTask, code, title, description, parameters: parametersOf(turn) };
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const given = operationParametersOf(request, this.definition);
    const acting = await this.findSession.execute(request);
    const asked = { given, now: request.now, organisation: acting.caller.organisation };
    return this.server.update(acting, (current) => wishedTask(current as Task, this.turn, asked));
  }
}

/** What all operations on one Task have in common. */
export const onOneTask = {
  system: false,
  types: ['Task'],
  type: false,
  instance: true,
  methods: ['POST'],
  affectsState: true,
  answersWritten: true,
} as const satisfies Partial<OperationDefinition>;
