import type { SqlMigration } from '#postgres';

/**
 * Erasures of people. One that has begun knows whom it is about until it ends, so that it can go on after it was killed; then
 * only its counts stay: the receipt.
 */
export const erasureMigration: SqlMigration = {
  name: 'Erasure1763760000401',
  up: [
    `CREATE TABLE erasure (
       id uuid PRIMARY KEY, begun_at timestamptz NOT NULL, ended_at timestamptz, number text, own jsonb, named_in jsonb,
       step text NOT NULL, counts jsonb NOT NULL DEFAULT '{}',
       CHECK (ended_at IS NULL OR (number IS NULL AND own IS NULL AND named_in IS NULL)))`,
    'CREATE UNIQUE INDEX erasure_open ON erasure (number) WHERE ended_at IS NULL',
  ],
};
