import type { SqlMigration } from '#postgres';

/**
 * What an entry says beside the act: who, what was asked for, how it was answered, whose record it was. `n` is the order
 * in which entries were begun: the sealer follows it.
 */
const entriesMigration: SqlMigration = {
  name: 'Audit1763760000101',
  up: [
    `ALTER TABLE audit_event
       ADD COLUMN edition smallint NOT NULL DEFAULT 1, ADD COLUMN role text, ADD COLUMN person text,
       ADD COLUMN status smallint, ADD COLUMN target text, ADD COLUMN query text, ADD COLUMN purpose text,
       ADD COLUMN patients text[] NOT NULL DEFAULT '{}', ADD COLUMN wrote boolean NOT NULL DEFAULT true,
       ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY`,
    'CREATE INDEX audit_event_n ON audit_event (n)',
    // Without a list of what is still to be indexed: whoever fills it would wait until all of it is.
    'CREATE INDEX audit_event_patients ON audit_event USING gin (patients) WITH (fastupdate = off)',
  ],
};

/**
 * The chain: each row seals so many entries, whose ids and digests it keeps, and bears the head after them. Its place is its
 * key, so that two who would go on from one head cannot both do so. `maker` is who made the first version of what is still
 * there when the entry that said so has been dropped. `n_to` is how far the order of entries has been gone through.
 */
const chainMigration: SqlMigration = {
  name: 'AuditChain1763760000102',
  up: [
    `CREATE TABLE audit_chain (
       first bigint PRIMARY KEY, entries int NOT NULL CHECK (entries > 0), ids uuid[] NOT NULL, digests bytea NOT NULL,
       head bytea NOT NULL, newest timestamptz NOT NULL, n_to bigint NOT NULL, sealed_at timestamptz NOT NULL)`,
    `CREATE TABLE maker (
       type text NOT NULL, id text COLLATE "C" NOT NULL, agent text NOT NULL, organisation text, PRIMARY KEY (type, id))`,
    'CREATE TABLE audit_dropped (up_to bigint PRIMARY KEY, at timestamptz NOT NULL)',
    // Of the owner's rights: the service's login may delete nothing of the audit, and by this nothing of the last 30 days.
    `CREATE FUNCTION drop_audit(before timestamptz) RETURNS TABLE (last bigint, dropped bigint)
       LANGUAGE plpgsql SECURITY DEFINER AS $$
     DECLARE since bigint; until bigint; gone bigint; youngest timestamptz;
     BEGIN
       IF before > now() - interval '30 days' THEN
         RAISE invalid_parameter_value USING MESSAGE = 'The audit of the last 30 days is not dropped.';
       END IF;
       SELECT coalesce(max(up_to), 0) INTO since FROM audit_dropped;
       SELECT max(c.first + c.entries - 1) INTO until FROM audit_chain c WHERE c.first > since AND c.first <
         coalesce((SELECT min(k.first) FROM audit_chain k WHERE k.first > since AND k.newest >= before), 9223372036854775807);
       IF until IS NULL THEN RETURN; END IF;
       INSERT INTO maker
         SELECT DISTINCT ON (1, 2) split_part(e, '/', 1), split_part(e, '/', 2), a.agent, a.organisation
         FROM audit_chain c JOIN audit_event a ON a.id = ANY (c.ids), unnest(a.entities) e
         WHERE c.first > since AND c.first <= until AND a.wrote AND e LIKE '%/\\_history/1' ON CONFLICT DO NOTHING;
       WITH deleted AS (
         DELETE FROM audit_event a USING audit_chain c
         WHERE c.first > since AND c.first <= until AND a.id = ANY (c.ids) RETURNING a.recorded)
         SELECT count(*), max(recorded) INTO gone, youngest FROM deleted;
       -- The service adds blocks itself: what one says of the age of its entries is not believed.
       IF youngest >= before THEN
         RAISE invalid_parameter_value USING MESSAGE = 'A block of the audit names entries that are younger than it says.';
       END IF;
       INSERT INTO audit_dropped VALUES (until, now());
       RETURN QUERY SELECT until, gone;
     END $$`,
    // A temporary table of the caller's must not stand in for one of these.
    `DO $$ BEGIN
       EXECUTE format('ALTER FUNCTION drop_audit(timestamptz) SET search_path = %I, pg_temp', current_schema());
     END $$`,
  ],
};

/** Who the Booking and Referral Standard's headers say that asks. */
const nhsdMigration: SqlMigration = {
  name: 'AuditNhsd1763760000301',
  up: ['ALTER TABLE audit_event ADD COLUMN nhsd text'],
};

export const auditMigrations: readonly SqlMigration[] = [entriesMigration, chainMigration, nhsdMigration];
