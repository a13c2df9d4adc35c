import type { SqlMigration } from '#postgres';

/**
 * A transaction across services, as its participants and its coordinator remember it. `reservation`: what this service has
 * planned and set aside, until it is told or asks what was decided. `transaction_decision`: what was decided here; it is
 * settled when every participant has applied it. Both keep no content once they are settled.
 */
export const transactionMigration: SqlMigration = {
  name: 'Transaction1764000000003',
  up: [
    `CREATE TABLE reservation (
       transaction text COLLATE "C" PRIMARY KEY, coordinator text NOT NULL,
       state text NOT NULL CHECK (state IN ('reserved', 'applied', 'released')),
       act jsonb, writes text, answer text, keys jsonb NOT NULL DEFAULT '[]', versions jsonb NOT NULL DEFAULT '[]',
       reserved_at timestamptz NOT NULL, settled_at timestamptz)`,
    "CREATE INDEX reservation_open ON reservation (reserved_at) WHERE state = 'reserved'",
    'CREATE INDEX reservation_settled ON reservation (settled_at) WHERE settled_at IS NOT NULL',
    `CREATE TABLE transaction_decision (
       transaction text COLLATE "C" PRIMARY KEY, decision text NOT NULL CHECK (decision IN ('committed', 'aborted')),
       participants text[] NOT NULL, decided_at timestamptz NOT NULL, settled_at timestamptz)`,
    'CREATE INDEX transaction_decision_open ON transaction_decision (decided_at) WHERE settled_at IS NULL',
    'CREATE INDEX transaction_decision_settled ON transaction_decision (settled_at) WHERE settled_at IS NOT NULL',
    // What is planned holds content: only who reads for everyone, which no client does, sees it.
    'ALTER TABLE reservation ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE reservation FORCE ROW LEVEL SECURITY',
    `CREATE POLICY everyone ON reservation FOR ALL
       USING (coalesce(current_setting('ginnel.audience', true), '') = '*')`,
  ],
};
