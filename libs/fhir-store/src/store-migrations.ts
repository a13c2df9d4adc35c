import type { SqlMigration } from '#postgres';
import { auditMigrations } from './audit/audit-tables.js';
import { historyMigration } from './history-migration.js';
import { doubtedJobMigration, guardedJobMigration, jobMigration } from './jobs.js';
import { storeMigration } from './layout.js';
import { recallMigration } from './recalled-tables.js';
import { requestKeyMigration } from './request-keys.js';
import { transactionMigration } from './transaction-tables.js';
import { searchMigration } from './search-migration.js';
import { withheldMigrations } from './withheld-tables.js';

/** A key may be held by a resource until that is deleted; `refuse_key` ends the statement as a broken primary key would. */
const heldKeysMigration: SqlMigration = {
  name: 'HeldKeys1764000000001',
  up: [
    'ALTER TABLE used_key ADD COLUMN resource_type text, ADD COLUMN resource_id text COLLATE "C"',
    'CREATE INDEX used_key_held ON used_key (resource_type, resource_id) WHERE resource_id IS NOT NULL',
    `CREATE FUNCTION refuse_key(refused text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
       RAISE unique_violation USING MESSAGE = 'This key has another holder.', CONSTRAINT = 'used_key_pkey',
         DETAIL = format('Key (key)=(%s) already exists.', refused);
     END $$`,
  ],
};

/**
 * What a transaction across services has set aside bears its name; nobody else may replace it. `refuse_reserved` ends the
 * statement that tries.
 */
const reservationMigration: SqlMigration = {
  name: 'Reservation1764000000002',
  up: [
    'ALTER TABLE resource ADD COLUMN reserved_by text',
    `CREATE FUNCTION refuse_reserved() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
       RAISE object_in_use USING MESSAGE = 'This version is reserved.', CONSTRAINT = 'resource_reserved';
     END $$`,
  ],
};

/** The store's tables, step by step. Databases that exist have taken the first of them: they are added to, never changed. */
export const storeMigrations: readonly SqlMigration[] = [
  storeMigration,
  heldKeysMigration,
  reservationMigration,
  transactionMigration,
  searchMigration,
  historyMigration,
  jobMigration,
  guardedJobMigration,
  doubtedJobMigration,
  requestKeyMigration,
  ...withheldMigrations,
  ...auditMigrations,
  recallMigration,
];
