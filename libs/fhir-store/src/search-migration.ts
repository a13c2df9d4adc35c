import type { SqlMigration } from '#postgres';

/**
 * What searches beyond single values look at: the element that the parts of a composite share, places on earth, and which
 * definitions the rows of a type were indexed by.
 */
export const searchMigration: SqlMigration = {
  name: 'Search1764000000004',
  up: [
    'ALTER TABLE value ADD COLUMN element int',
    'ALTER TABLE date_value ADD COLUMN element int',
    'ALTER TABLE number_value ADD COLUMN element int',
    // Sorted upwards by where a value begins; the other index is by its end.
    'CREATE INDEX date_value_begins ON date_value (type, parameter, low, id)',
    'CREATE INDEX number_value_begins ON number_value (type, parameter, low, id)',
    `CREATE TABLE position_value (
       type text NOT NULL, id text COLLATE "C" NOT NULL, parameter text NOT NULL, place point NOT NULL)`,
    'CREATE INDEX position_value_near ON position_value USING gist (place)',
    'CREATE INDEX position_value_of ON position_value (type, id)',
    `CREATE TABLE search_parameter (
       url text COLLATE "C" PRIMARY KEY, definition text NOT NULL, loaded_at timestamptz NOT NULL, ready_at timestamptz)`,
    `CREATE TABLE search_index (
       type text PRIMARY KEY, wanted jsonb NOT NULL, built jsonb NOT NULL, since timestamptz NOT NULL,
       position text COLLATE "C", done bigint NOT NULL, total bigint NOT NULL)`,
  ],
};
