import { onlyForEveryone, type SqlMigration } from '#postgres';

/**
 * One-time codes, by which somebody acts for the provider of one Task who has no system. Neither a code nor the session that it
 * opens is stored: digests of them are, and both have so many random bits that a digest tells nothing. `task_code_guess` counts
 * what each client tried in vain.
 */
export const taskCodeMigration: SqlMigration = {
  name: 'TaskCode1763800000701',
  up: [
    `CREATE TABLE task_code (
       digest text COLLATE "C" PRIMARY KEY, task_id text COLLATE "C" NOT NULL, organisation text NOT NULL,
       minted_by text NOT NULL, minted_at timestamptz NOT NULL, ends_at timestamptz NOT NULL, revoked_at timestamptz,
       redeemed_by text, redeemed_at timestamptz, session_digest text COLLATE "C" UNIQUE, session_ends_at timestamptz,
       CHECK ((redeemed_at IS NULL) = (session_digest IS NULL)))`,
    'CREATE INDEX task_code_task ON task_code (task_id)',
    'CREATE INDEX task_code_ends ON task_code (ends_at)',
    ...onlyForEveryone('task_code'),
    'CREATE TABLE task_code_guess (client text PRIMARY KEY, since timestamptz NOT NULL, failed int NOT NULL)',
    ...onlyForEveryone('task_code_guess'),
  ],
};
