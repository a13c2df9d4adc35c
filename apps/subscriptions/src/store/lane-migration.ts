import { onlyForEveryone, type SqlMigration } from '#postgres';

/**
 * Numbers and lanes. `number` counts the events of a Subscription without a gap; `lane` is the referral that an event is part
 * of, in which one notification is sent after the other: only the first pending one of a lane has a `due_at`. What the event
 * was about (`focus_*`) stays for `$events`; it names records and says nothing of them. `channel` is a Subscription as the
 * deliveries see it: how many events it had, whether it is called, and how the calls fare.
 */
export const laneMigration: SqlMigration = {
  name: 'DeliveryLanes1763800000401',
  up: [
    `SELECT set_config('ginnel.audience', '*', true)`,
    `ALTER TABLE delivery
       ADD COLUMN kind text NOT NULL DEFAULT 'event' CHECK (kind IN ('event', 'handshake', 'heartbeat')),
       ADD COLUMN number int, ADD COLUMN lane text COLLATE "C" NOT NULL DEFAULT '',
       ADD COLUMN focus_type text COLLATE "C", ADD COLUMN focus_id text COLLATE "C", ADD COLUMN focus_version int,
       ADD COLUMN focus_deleted boolean NOT NULL DEFAULT false, ADD COLUMN event_at timestamptz,
       ALTER COLUMN due_at DROP NOT NULL`,
    `UPDATE delivery AS d SET number = counted.number, event_at = created_at
     FROM (SELECT id, row_number() OVER (PARTITION BY subscription_id ORDER BY id) AS number FROM delivery) AS counted
     WHERE counted.id = d.id`,
    `UPDATE delivery AS d SET due_at = NULL WHERE state = 'pending' AND EXISTS (
       SELECT 1 FROM delivery AS e WHERE e.subscription_id = d.subscription_id AND e.state = 'pending' AND e.id < d.id)`,
    `CREATE TABLE channel (
       subscription_id text COLLATE "C" PRIMARY KEY, events int NOT NULL DEFAULT 0, version int NOT NULL DEFAULT 0,
       is_open boolean NOT NULL DEFAULT true, failing_since timestamptz, not_before timestamptz,
       heartbeat_seconds int, heartbeat_at timestamptz)`,
    'INSERT INTO channel (subscription_id, events) SELECT subscription_id, max(number) FROM delivery GROUP BY subscription_id',
    ...onlyForEveryone('channel'),
    'CREATE UNIQUE INDEX delivery_number ON delivery (subscription_id, number)',
    'DROP INDEX delivery_pending',
    "CREATE INDEX delivery_lane ON delivery (subscription_id, lane, id) WHERE state = 'pending'",
    "CREATE INDEX delivery_due ON delivery (subscription_id, due_at) WHERE state = 'pending' AND due_at IS NOT NULL",
    `CREATE INDEX delivery_focus ON delivery (subscription_id, focus_type, focus_id, id) WHERE state = 'pending'`,
    "CREATE INDEX delivery_handshake ON delivery (subscription_id) WHERE state = 'pending' AND kind = 'handshake'",
  ],
};

/** Whose server a Subscription calls: several may call the same. Of what was there before it is noted when they are tended. */
export const receiverMigration: SqlMigration = {
  name: 'ChannelReceiver1764200000700',
  up: ['ALTER TABLE channel ADD COLUMN receiver text'],
};
