import { onlyForEveryone, type SqlMigration } from '#postgres';

/**
 * Places at activities, a row for each time that one was asked for: by which Task, and which version of it was to come about
 * with the place. `confirmed` once that version was heard of. A Task that has several rows takes one place.
 */
export const heldPlaceMigration: SqlMigration = {
  name: 'HeldPlace1763800000501',
  up: [
    `CREATE TABLE held_place (
       hold text COLLATE "C" PRIMARY KEY, service_id text COLLATE "C" NOT NULL, task_id text COLLATE "C" NOT NULL,
       task_version int NOT NULL, held_at timestamptz NOT NULL, confirmed boolean NOT NULL)`,
    'CREATE INDEX held_place_service ON held_place (service_id, task_id)',
    'CREATE INDEX held_place_task ON held_place (task_id)',
    'CREATE INDEX held_place_open ON held_place (held_at) WHERE NOT confirmed',
    ...onlyForEveryone('held_place'),
  ],
};
