import type { SqlMigration } from '#postgres';

/**
 * `person_record` says which resources, in any version, are about a Patient. `withheld` says from whom a Consent keeps a
 * Patient's records: an organisation, or `*` for all but those in `keeps`; `holds` where it does so now.
 *
 * A row that is withheld from an organisation bears `!organisation` in the place of `organisation`. Who writes asks
 * `withheld_from` first, which waits for a Consent that is being applied to the same person and then sees it; who applies one
 * waits for those who write, and then marks what they have written (`mark_records`). So none slips through between the two.
 */
const withheldTables: SqlMigration = {
  name: 'Withheld1763760000201',
  up: [
    `CREATE TABLE person_record (
       patient text COLLATE "C" NOT NULL, type text NOT NULL, id text COLLATE "C" NOT NULL, PRIMARY KEY (patient, type, id))`,
    'CREATE INDEX person_record_of ON person_record (type, id)',
    `CREATE TABLE withheld (
       consent text COLLATE "C" NOT NULL, patient text COLLATE "C" NOT NULL, organisation text COLLATE "C" NOT NULL,
       keeps text[] NOT NULL DEFAULT '{}', starts timestamptz, ends timestamptz, holds boolean NOT NULL,
       PRIMARY KEY (consent, patient, organisation))`,
    'CREATE INDEX withheld_of ON withheld (patient)',
    ...['person_record', 'withheld'].flatMap((table) => [
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
      `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
      `CREATE POLICY everyone ON ${table} FOR ALL USING (coalesce(current_setting('ginnel.audience', true), '') = '*')`,
    ]),
    `CREATE FUNCTION turns_of_persons(persons text[]) RETURNS SETOF int LANGUAGE sql IMMUTABLE AS $$
       SELECT DISTINCT hashtext(p) & 1023 AS turn FROM unnest(persons) p ORDER BY turn $$`,
    `CREATE FUNCTION withholdings_of(persons text[]) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$ BEGIN
       RETURN (SELECT jsonb_agg(jsonb_build_object('patient', patient, 'organisation', organisation, 'keeps', keeps))
         FROM withheld WHERE patient = ANY(persons) AND holds);
     END $$`,
    // Volatile: what it asks after it has waited it sees as it is then, not as it was when its statement began.
    // Most records are about one person, of whom nothing is withheld: this is what their writes wait for.
    `CREATE FUNCTION withheld_from(persons text[]) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$ DECLARE turn text; BEGIN
       IF cardinality(persons) = 0 THEN RETURN NULL; END IF;
       IF cardinality(persons) = 1 THEN
         turn := pg_advisory_xact_lock_shared(hashtext('ginnel-person'), hashtext(persons[1]) & 1023);
         IF NOT EXISTS (SELECT 1 FROM withheld WHERE patient = persons[1]) THEN RETURN NULL; END IF;
       ELSE
         PERFORM pg_advisory_xact_lock_shared(hashtext('ginnel-person'), t) FROM turns_of_persons(persons) t;
       END IF;
       RETURN (SELECT jsonb_agg(jsonb_build_object('patient', patient, 'organisation', organisation, 'keeps', keeps))
         FROM withheld WHERE patient = ANY(persons) AND holds);
     END $$`,
    `CREATE FUNCTION marked(marks text[], persons text[], withholdings jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
       SELECT coalesce(array_agg(mark ORDER BY mark COLLATE "C"), '{}') FROM (
         SELECT DISTINCT CASE WHEN EXISTS (
             SELECT 1 FROM jsonb_array_elements(coalesce(withholdings, '[]')) w
             WHERE w->>'patient' = ANY(persons) AND (w->>'organisation' = organisation
               OR (w->>'organisation' = '*' AND organisation NOT IN ('*', 'public') AND NOT w->'keeps' ? organisation)))
           THEN '!' || bare ELSE bare END AS mark
         FROM (SELECT ltrim(m, '!') AS bare, split_part(ltrim(m, '!'), '#', 1) AS organisation FROM unnest(marks) m) each) all_marks $$`,
    `CREATE FUNCTION records_about(wanted text[])
       RETURNS TABLE (record_type text, record_id text, persons text[], withholdings jsonb) LANGUAGE plpgsql STABLE AS $$ BEGIN
       RETURN QUERY SELECT k.type, k.id, k.persons, withholdings_of(k.persons) FROM (
         SELECT p.type, p.id, array_agg(p.patient) AS persons FROM person_record p
         WHERE (p.type, p.id) IN (SELECT o.type, o.id FROM person_record o WHERE o.patient = ANY(wanted))
         GROUP BY p.type, p.id) k;
     END $$`,
    // By the owner of the tables, for history is added to and never changed by the service. It sets nothing but these marks.
    `CREATE FUNCTION mark_records(wanted text[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
       UPDATE past_audience p SET organisation = (marked(ARRAY[p.organisation], v.persons, v.withholdings))[1]
         FROM (SELECT h.type, h.id, h.version, h.last_updated, h.audience, a.persons, a.withholdings
               FROM records_about(wanted) a JOIN history h ON h.type = a.record_type AND h.id = a.record_id
               UNION ALL SELECT r.type, r.id, r.version, r.last_updated, r.audience, a.persons, a.withholdings
               FROM records_about(wanted) a JOIN resource r ON r.type = a.record_type AND r.id = a.record_id AND r.deleted) v
         WHERE p.type = v.type AND p.organisation = ANY(v.audience) AND p.last_updated = v.last_updated
           AND p.id = v.id AND p.version = v.version
           AND p.organisation <> (marked(ARRAY[p.organisation], v.persons, v.withholdings))[1];
       UPDATE history h SET audience = marked(h.audience, a.persons, a.withholdings) FROM records_about(wanted) a
         WHERE h.type = a.record_type AND h.id = a.record_id AND h.audience <> marked(h.audience, a.persons, a.withholdings);
       UPDATE audience o SET organisation = (marked(ARRAY[o.organisation], a.persons, a.withholdings))[1]
         FROM records_about(wanted) a WHERE o.type = a.record_type AND o.id = a.record_id
           AND o.organisation <> (marked(ARRAY[o.organisation], a.persons, a.withholdings))[1];
       UPDATE resource r SET audience = marked(r.audience, a.persons, a.withholdings) FROM records_about(wanted) a
         WHERE r.type = a.record_type AND r.id = a.record_id AND r.audience <> marked(r.audience, a.persons, a.withholdings);
       UPDATE outbox o SET audience = marked(o.audience, a.persons, a.withholdings) FROM records_about(wanted) a
         WHERE o.published_at IS NULL AND o.resource_type = a.record_type AND o.resource_id = a.record_id
           AND o.audience <> marked(o.audience, a.persons, a.withholdings);
     END $$`,
    // Whoever calls it brings no tables of his own into it.
    `DO $$ BEGIN
       EXECUTE format('ALTER FUNCTION mark_records(text[]) SET search_path = %I, pg_temp', current_schema());
     END $$`,
  ],
};

/** Of the first tables, for this may be taken before the view of both is made. */
const everyVersion = '(SELECT type, id, content FROM resource UNION ALL SELECT type, id, content FROM history) v';

/** What was stored before, by what it refers to; a Binary by the document that it is attached to. */
const personsOfStored: SqlMigration = {
  name: 'PersonRecord1763760000202',
  up: [
    // The policies hold the owner of the tables too, unless he is a superuser.
    `SELECT set_config('ginnel.audience', '*', true)`,
    `INSERT INTO person_record
       SELECT v.id, v.type, v.id FROM ${everyVersion} WHERE v.type = 'Patient'
       UNION SELECT found[1], v.type, v.id FROM ${everyVersion},
         regexp_matches(v.content, '"reference":"(?:[^"]*/)?Patient/([A-Za-z0-9\\-.]{1,64})["/]', 'g') found
       WHERE v.type <> 'Patient'
     ON CONFLICT DO NOTHING`,
    `INSERT INTO person_record
       SELECT p.patient, 'Binary', found[1] FROM ${everyVersion}
         JOIN person_record p ON p.type = v.type AND p.id = v.id,
         regexp_matches(v.content, '"url":"Binary/([A-Za-z0-9\\-.]{1,64})"', 'g') found
       WHERE v.type = 'DocumentReference'
     ON CONFLICT DO NOTHING`,
  ],
};

export const withheldMigrations: readonly SqlMigration[] = [withheldTables, personsOfStored];
