import { onlyForEveryone, type SqlMigration } from '#postgres';

/** What is to be done with summaries at a time: milestones of referrals, and acknowledgements that are waited for. */
export const summaryDueMigration: SqlMigration = {
  name: 'SummaryDue1763800000301',
  up: [
    `CREATE TABLE summary_due (
       kind text NOT NULL CHECK (kind IN ('milestone', 'acknowledgement')), resource text COLLATE "C" NOT NULL,
       stage text NOT NULL, patient text COLLATE "C" NOT NULL, task text NOT NULL, due_at timestamptz NOT NULL,
       PRIMARY KEY (kind, resource, stage))`,
    'CREATE INDEX summary_due_at ON summary_due (due_at)',
    ...onlyForEveryone('summary_due'),
  ],
};

/** How often it was tried in vain. */
export const summaryTriesMigration: SqlMigration = {
  name: 'SummaryTries1764000000505',
  up: ['ALTER TABLE summary_due ADD COLUMN tries int NOT NULL DEFAULT 0'],
};

/** What each practice decided about the delivery of summaries, the latest last. */
export const deliveryChoiceMigration: SqlMigration = {
  name: 'DeliveryChoice1763800000302',
  up: [
    `CREATE TABLE delivery_choice (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, organisation text COLLATE "C" NOT NULL, send boolean NOT NULL,
       decided_at timestamptz NOT NULL, decided_by text NOT NULL)`,
    'CREATE INDEX delivery_choice_of ON delivery_choice (organisation, id)',
    ...onlyForEveryone('delivery_choice'),
  ],
};
