import { FhirError } from '#fhir';
import { sqlState, violatedConstraint } from '#postgres';
import { RequestDone, RequestUnderWay, underWayState } from './request-keys.js';
import { DuplicateKey } from './stored.js';
import { storedKey } from './used-key.js';

/** What a failed commit means to the one who asked for it; `keys` are those that say that the same was asked for before. */
export function asConflict(error: unknown, keys: readonly string[]): unknown {
  const constraint = violatedConstraint(error);
  const repetition = asRepetition(error);
  if (repetition) return repetition;
  if (constraint === 'used_key_pkey') {
    const key = keys.find((each) => detailOf(error).includes(`=(${storedKey(each)})`));
    if (key !== undefined) return new DuplicateKey(key, { cause: error });
  }
  if (constraint !== undefined || replacedNothing(error) || sqlState(error) === twiceInOne) {
    return FhirError.of('conflict', 'Another request changed this resource meanwhile; read it again.', {
      cause: error,
    });
  }
  if (sqlState(error) === reserved) {
    return FhirError.of('transient', 'This resource is part of a transaction that is being decided; try again.', {
      status: 409,
      cause: error,
    });
  }
  if (['40P01', '40001'].includes(sqlState(error) ?? '')) {
    return FhirError.of('transient', 'Another request held the same records; send this one again.', { cause: error });
  }
  return error;
}

/** What a failed commit says of the request that it answers, where that has come before. */
export function asRepetition(error: unknown): RequestDone | RequestUnderWay | undefined {
  if (violatedConstraint(error) === 'request_key_pkey') return new RequestDone({ cause: error });
  return sqlState(error) === underWayState ? new RequestUnderWay({ cause: error }) : undefined;
}

/** Two writes of one commit claim the same key. */
const twiceInOne = '21000';

/** What `refuse_reserved` raises: object_in_use. */
const reserved = '55006';

/** The outbox takes no version whose resource was not written: the version it builds on is not the current one. */
function replacedNothing(error: unknown): boolean {
  return (
    sqlState(error) === '23502' && textAt(error, 'table') === 'outbox' && textAt(error, 'column') === 'resource_id'
  );
}

/** PostgreSQL's detail names the key that was there already. */
function detailOf(error: unknown): string {
  return textAt(error, 'detail');
}

function textAt(error: unknown, name: 'detail' | 'table' | 'column'): string {
  return typeof error === 'object' && error !== null && name in error
    ? String((error as Record<typeof name, unknown>)[name])
    : '';
}
