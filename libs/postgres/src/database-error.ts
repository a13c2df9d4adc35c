import { types } from 'node:util';
import pg from 'pg';

/** The database cannot be reached, is going away or has no connection free: the same statement may succeed later. */
export class DatabaseUnavailable extends Error {
  /** SQLSTATE of a failed connection, as PostgreSQL's own errors of this kind have one. */
  readonly code = '08006';

  constructor(options: { cause: unknown }) {
    super('The database cannot be reached.', options);
    this.name = 'DatabaseUnavailable';
  }
}

/** SQLSTATE of a PostgreSQL error; undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** The constraint that a unique violation (23505) broke; undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === '23505' ? error.constraint : undefined;
}

/** After such an error the connection is of no use: class 08, shutdowns, a transaction that idled too long. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof DatabaseUnavailable || /^(08|57P0|25P0[34])/.test(sqlState(error) ?? '');
}

/** Gives one name to what the driver, its pool and the system say of a connection that is not there; throws in any case. */
export function asUnavailable(error: unknown): never {
  const lost =
    types.isNativeError(error) && sqlState(error) === undefined && ('syscall' in error || said.test(error.message));
  throw lost ? new DatabaseUnavailable({ cause: error }) : error;
}

/** What the driver and its pool say, without a code. */
const said =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Cannot use a pool after calling end)/;
