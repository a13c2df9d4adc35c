import type { Task } from 'fhir/r4';
import type { OperationParameter, OperationParameters } from '#fhir-server';

/** When a turn is asked for, and by whom. */
export interface Asked {
  given: OperationParameters;
  now: Date;
  /** Organization of the caller; absent for an integrator of an open sandbox. */
  organisation: string | undefined;
}

/** An operation on a provider's Task: the Task that a plain update would have sent, said in a few parameters. */
export interface TaskTurn {
  /** Without the dollar. */
  code: string;
  title: string;
  description: string;
  parameters: readonly TurnParameter[];
  /** What the note must say, where the turn needs one; otherwise it is optional. */
  note?: string;
  /** Each time it happens is a turn of its own, so that its time must be said. */
  isDated?: true;
  /** True where the Task stays where it is: then it has no time. */
  isEdit?: true;
  wish: (task: Task, asked: Asked) => Task;
}

export type TurnParameter = Omit<OperationParameter, 'use' | 'parts'> & { type: string };
