import { sqlState } from '#postgres';

/** Connection, resources, shutdown, serialisation: the database's trouble. A statement that ran too long (57014) is the event's. */
const passingStates = /^(08|40|53|57P)/;

/** Trouble that says nothing about the event: it is tried again for as long as it lasts and never counted. */
export function isPassing(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return passingStates.test(state);
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string')
    return /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_)/.test(error.code);
  // What pg throws without a code.
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/.test(error.message);
}
