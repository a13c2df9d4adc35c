import { onlyForEveryone, type SqlMigration } from '#postgres';

/**
 * The notifications. A row is pending until it is delivered, failed or cancelled; `leased_until` says that a process sends it
 * now. `payload` is the resource as the event held it and is emptied when the row is settled: a retry must show the version
 * that the event was about, which the owner may have replaced by then, and must not depend on the owner being up.
 */
export const deliveryMigration: SqlMigration = {
  name: 'Delivery1763750000003',
  up: [
    `CREATE TABLE delivery (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subscription_id text COLLATE "C" NOT NULL, event_id uuid NOT NULL,
       correlation_id text NOT NULL, payload text,
       state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'cancelled')),
       attempts int NOT NULL DEFAULT 0, created_at timestamptz NOT NULL, due_at timestamptz NOT NULL,
       leased_until timestamptz, first_attempt_at timestamptz, failed_at timestamptz, settled_at timestamptz,
       CHECK (state = 'pending' OR payload IS NULL),
       UNIQUE (subscription_id, event_id))`,
    "CREATE INDEX delivery_pending ON delivery (subscription_id, id) WHERE state = 'pending'",
    "CREATE INDEX delivery_settled ON delivery (settled_at) WHERE state <> 'pending'",
  ],
};

/** How often a call failed: one that a process died in is none, though its attempt was counted when it was claimed. */
export const deliveryTriesMigration: SqlMigration = {
  name: 'DeliveryTries1764200000800',
  up: [
    `SELECT set_config('ginnel.audience', '*', true)`,
    'ALTER TABLE delivery ADD COLUMN tries int NOT NULL DEFAULT 0',
    `UPDATE delivery SET tries = greatest(0, CASE WHEN leased_until IS NULL THEN attempts ELSE attempts - 1 END)
     WHERE state = 'pending'`,
  ],
};

/** A payload is content: no client reads this table. */
export const guardedDeliveryMigration: SqlMigration = {
  name: 'GuardedDelivery1764000000503',
  up: onlyForEveryone('delivery'),
};

/** Whom the resource is about: a Consent may come while the notification waits. */
export const deliveryPersonsMigration: SqlMigration = {
  name: 'DeliveryPersons1763760000203',
  up: ["ALTER TABLE delivery ADD COLUMN persons text[] NOT NULL DEFAULT '{}'"],
};

/**
 * Ends a call, and lets the next of its lane go, in one statement of its sender's: the commonest step of all. Each statement within
 * sees what was queued before the lock was had. False where another process has the call by now, or has ended it.
 */
export const deliveryEndMigration: SqlMigration = {
  name: 'DeliveryEnd1764200001000',
  up: [
    `CREATE FUNCTION delivery_end(ended bigint, tried int, outcome text, at timestamptz, subscription text) RETURNS boolean
     LANGUAGE plpgsql AS $$ DECLARE its record; BEGIN
       PERFORM pg_advisory_xact_lock_shared(hashtextextended(subscription, 0));
       UPDATE delivery SET state = outcome, payload = NULL, leased_until = NULL, settled_at = at,
           failed_at = CASE WHEN outcome = 'failed' THEN at ELSE failed_at END
         WHERE id = ended AND attempts = tried AND state = 'pending' RETURNING lane, kind INTO its;
       IF NOT FOUND THEN RETURN false; END IF;
       -- The oldest that is pending in the lane is due, unless it has a time of its own.
       UPDATE delivery SET due_at = at WHERE due_at IS NULL AND id = (
         SELECT d.id FROM delivery AS d WHERE d.subscription_id = subscription AND d.lane = its.lane AND d.state = 'pending'
         ORDER BY d.id LIMIT 1);
       IF its.kind = 'heartbeat' THEN DELETE FROM delivery WHERE id = ended; END IF;
       IF outcome = 'delivered' THEN
         UPDATE channel SET failing_since = NULL WHERE subscription_id = subscription AND failing_since IS NOT NULL;
       END IF;
       RETURN true;
     END $$`,
  ],
};
