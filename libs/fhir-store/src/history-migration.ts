import type { SqlMigration } from '#postgres';

/**
 * History holds what was superseded: the current version is in `resource` alone, and `every_version` is both. Of versions
 * that no search finds (superseded ones, and deletions) `past_audience` says who may see them, `*` being those who see
 * everything: so a history walks newest first through an index, whoever asks.
 */
export const historyMigration: SqlMigration = {
  name: 'History1764000000005',
  up: [
    // The policies hold the owner of the tables too, unless he is a superuser: he must see what is moved.
    `SELECT set_config('ginnel.audience', '*', true)`,
    `CREATE TABLE past_audience (
       type text NOT NULL, organisation text COLLATE "C" NOT NULL, last_updated timestamptz NOT NULL,
       id text COLLATE "C" NOT NULL, version int NOT NULL)`,
    `DELETE FROM history h USING resource r WHERE r.type = h.type AND r.id = h.id AND r.version = h.version`,
    `INSERT INTO past_audience
       SELECT type, o, last_updated, id, version
       FROM (SELECT type, last_updated, id, version, audience FROM history
             UNION ALL SELECT type, last_updated, id, version, audience FROM resource WHERE deleted AND version > 0) v,
         unnest(array_append(array_remove(audience, '*'), '*')) o`,
    'CREATE INDEX past_audience_sees ON past_audience (type, organisation, last_updated, id, version)',
    // Whoever asks the view is held to the policies of its tables.
    `CREATE VIEW every_version WITH (security_invoker = true) AS
       SELECT type, id, version, last_updated, audience, deleted, content FROM resource WHERE version > 0
       UNION ALL SELECT type, id, version, last_updated, audience, deleted, content FROM history`,
  ],
};
