import { onlyForEveryone, type SqlMigration } from '#postgres';

/** With which rights each version of a Subscription was written: it tells no more than its writer may read when it tells. */
export const subscriberMigration: SqlMigration = {
  name: 'Subscriber1763760000151',
  up: [
    `CREATE TABLE subscriber (
       subscription_id text COLLATE "C" NOT NULL, version int NOT NULL, client text NOT NULL, role text NOT NULL, scopes text[],
       PRIMARY KEY (subscription_id, version))`,
    ...onlyForEveryone('subscriber'),
  ],
};

/** Whose it is and when that was: of several that are written in one moment each is counted. */
export const notedMigration: SqlMigration = {
  name: 'SubscriberNoted1764000000506',
  up: [
    'ALTER TABLE subscriber ADD COLUMN organisation text COLLATE "C", ADD COLUMN noted_at timestamptz',
    'CREATE INDEX subscriber_noted ON subscriber (organisation, noted_at)',
  ],
};

/** Whose rights they were, and when a token proved them: a person may be removed, a client may be given less. */
export const provenMigration: SqlMigration = {
  name: 'SubscriberProven1764200000900',
  up: ['ALTER TABLE subscriber ADD COLUMN person text, ADD COLUMN issued_at timestamptz'],
};
