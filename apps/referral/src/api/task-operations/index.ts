import type { Operation } from '#fhir-server';
import type { Service } from '#service';
import { FindSession } from '../../use-cases/task-codes/find-session.js';
import { MintCode } from '../../use-cases/task-codes/mint-code.js';
import { RedeemCode } from '../../use-cases/task-codes/redeem-code.js';
import { RevokeCodes } from '../../use-cases/task-codes/revoke-codes.js';
import { ReopenOperation, SplitOperation } from './part.operations.js';
import { RecordContactOperation } from './record-contact.operation.js';
import { MintCodeOperation, RedeemCodeOperation, RevokeCodesOperation } from './task-code.operations.js';
import { TaskTurnOperation } from './task-turn.operation.js';
import { taskTurns } from './task-turns.js';

/** Operations on a Task that are classes of their own. */
export const taskOperations = [
  MintCodeOperation,
  RecordContactOperation,
  RedeemCodeOperation,
  ReopenOperation,
  RevokeCodesOperation,
  SplitOperation,
] as const;

export const taskCodes = [FindSession, MintCode, RedeemCode, RevokeCodes] as const;

/** Those that are lines of a table. */
export function taskTurnOperations({ database, platform }: Service): Operation[] {
  const findSession = new FindSession(database);
  return taskTurns.map((turn) => new TaskTurnOperation(turn, platform.fhirServer, findSession));
}
