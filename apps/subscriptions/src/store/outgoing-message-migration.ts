import { onlyForEveryone, type SqlMigration } from '#postgres';

/**
 * Messages that other services composed and this one sends: where to, under which ids, and how it fares. Their content stays with
 * who composed it and is fetched at each try. Of one referral they are sent by `number`, one after the other; `skipped` is one
 * of which nothing may be sent.
 */
export const outgoingMessageMigration: SqlMigration = {
  name: 'OutgoingMessage1763800000201',
  up: [
    `CREATE TABLE outgoing_message (
       communication_id text COLLATE "C" PRIMARY KEY, referral text COLLATE "C" NOT NULL, number int NOT NULL,
       bundle_id text, message_id uuid NOT NULL, request_id uuid NOT NULL, correlation_id text NOT NULL,
       requester text NOT NULL, address text COLLATE "C" NOT NULL, persons text[] NOT NULL,
       state text NOT NULL CHECK (state IN ('pending', 'sent', 'stopped', 'skipped')),
       attempts int NOT NULL DEFAULT 0, told text, created_at timestamptz NOT NULL, due_at timestamptz NOT NULL,
       leased_until timestamptz, settled_at timestamptz,
       UNIQUE (referral, number))`,
    "CREATE INDEX outgoing_message_due ON outgoing_message (due_at) WHERE state = 'pending'",
    "CREATE INDEX outgoing_message_address ON outgoing_message (address) WHERE state = 'pending'",
    ...onlyForEveryone('outgoing_message'),
  ],
};
