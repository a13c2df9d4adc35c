import { onlyForEveryone, type SqlMigration } from '#postgres';

/**
 * The tables of a service's messages, beside its store. `outbox` rows are pointers: the content is joined from `resource` or `history`.
 * `inbox_position` is the last sequence of a resource that a consumer has dealt with; `attempt` counts what began and did
 * not end well; `dead_letter` holds what an operator must decide.
 */
const messagingMigration: SqlMigration = {
  name: 'Messaging1763750000002',
  up: [
    `CREATE TABLE outbox (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL UNIQUE, type text NOT NULL,
       resource_type text NOT NULL, resource_id text COLLATE "C" NOT NULL, version int NOT NULL, audience text[] NOT NULL,
       agent text, correlation_id text NOT NULL, traceparent text, occurred_at timestamptz NOT NULL,
       published_at timestamptz, starts boolean)`,
    'CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL',
    'CREATE TABLE relay_stream (stream text PRIMARY KEY, created text NOT NULL)',
    `CREATE TABLE inbox (
       consumer text NOT NULL, event_id uuid NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (consumer, event_id))`,
    `CREATE TABLE inbox_position (
       consumer text NOT NULL, resource text COLLATE "C" NOT NULL, sequence int NOT NULL, PRIMARY KEY (consumer, resource))`,
    `CREATE TABLE consumer_start (consumer text PRIMARY KEY, trimmed boolean NOT NULL)`,
    `CREATE TABLE attempt (
       consumer text NOT NULL, event_id uuid NOT NULL, attempts int NOT NULL, first_seen timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (consumer, event_id))`,
    `CREATE TABLE dead_letter (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, consumer text NOT NULL, event_id text NOT NULL,
       subject text NOT NULL, event_type text, resource text COLLATE "C", sequence int,
       reason text NOT NULL, detail text NOT NULL, deliveries int NOT NULL,
       first_seen timestamptz NOT NULL, parked_at timestamptz NOT NULL DEFAULT now(),
       state text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'replayed', 'discarded')),
       settled_at timestamptz, event text)`,
    'CREATE UNIQUE INDEX dead_letter_once ON dead_letter (consumer, event_id)',
    "CREATE INDEX dead_letter_next ON dead_letter (consumer, resource, sequence) WHERE state <> 'replayed'",
  ],
};

/** Nobody looks for an event by its id here: an index on it would be written with each event, and again when it is sent. */
const fewerIndexesMigration: SqlMigration = {
  name: 'Messaging1764000000006',
  up: ['ALTER TABLE outbox DROP CONSTRAINT outbox_event_id_key'],
};

/**
 * What was erased for good, by the digest of its reference: an event about it that comes late, is replayed or sent again has
 * no effect any more. A digest, so that not even the id of a person's record stays.
 */
const erasedMigration: SqlMigration = {
  name: 'Erased1763760000400',
  up: ['CREATE TABLE erased (resource bytea PRIMARY KEY, erased_at timestamptz NOT NULL DEFAULT now())'],
};

/** What the digest of an erased resource is made of: `Task/1`. */
const erasedDigest = (reference: string): string => `sha256(convert_to(${reference}, 'UTF8'))`;

/** A service reads them and never changes them: an operator's login alone does. */
export const erasedTables = ['erased'];

/** A parked event holds content: no client reads this table. */
const guardedMigration: SqlMigration = { name: 'GuardedDeadLetter1764000000502', up: onlyForEveryone('dead_letter') };

/**
 * How an event takes its place, in one call instead of two. Whether the next one waits is asked by a statement of its own, after
 * the position was locked: who parks it needs that lock too, so a letter is either seen here or never written.
 */
const advanceMigration: SqlMigration = {
  name: 'InboxAdvance1764200000600',
  up: [
    `CREATE FUNCTION inbox_advance(text, text, int, uuid,
         OUT advanced boolean, OUT fresh boolean, OUT is_erased boolean, OUT next_waits boolean)
     LANGUAGE plpgsql AS $$ BEGIN
       WITH gone AS (SELECT 1 FROM erased e WHERE e.resource = ${erasedDigest('$2')}),
         moved AS (
           UPDATE inbox_position p SET sequence = $3 WHERE p.consumer = $1 AND p.resource = $2 AND p.sequence = $3 - 1
             AND NOT EXISTS (SELECT 1 FROM gone) RETURNING 1),
         born AS (
           INSERT INTO inbox_position (consumer, resource, sequence) SELECT $1, $2, 1
           WHERE $3 = 1 AND NOT EXISTS (SELECT 1 FROM gone)
           ON CONFLICT DO NOTHING RETURNING 1),
         stepped AS (SELECT 1 FROM moved UNION ALL SELECT 1 FROM born),
         remembered AS (
           INSERT INTO inbox (consumer, event_id) SELECT $1, $4 FROM stepped ON CONFLICT DO NOTHING RETURNING 1)
       SELECT EXISTS (SELECT 1 FROM stepped), EXISTS (SELECT 1 FROM remembered), EXISTS (SELECT 1 FROM gone)
         INTO advanced, fresh, is_erased;
       next_waits := advanced AND EXISTS (SELECT 1 FROM dead_letter l
         WHERE l.consumer = $1 AND l.resource = $2 AND l.sequence = $3 + 1 AND l.state <> 'replayed');
     END $$`,
  ],
};

/** Whose client caused an event: what a service then keeps for that organisation is as its own. */
const organisationMigration: SqlMigration = {
  name: 'OutboxOrganisation1764200001100',
  up: ['ALTER TABLE outbox ADD COLUMN organisation text'],
};

/** Step by step; databases that exist have taken the first of them. */
export const messagingMigrations: readonly SqlMigration[] = [
  messagingMigration,
  fewerIndexesMigration,
  erasedMigration,
  guardedMigration,
  advanceMigration,
  organisationMigration,
];
