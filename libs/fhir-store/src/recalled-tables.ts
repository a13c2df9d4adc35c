import type { SqlMigration } from '#postgres';

/** Marks of which none is this organisation's, withheld and labelled ones included. */
const bare = (mark: string) => `split_part(ltrim(${mark}, '!'), '#', 1)`;

/**
 * What was sent by mistake is taken back in its superseded versions, too. By the owner of the tables, for history is added to
 * and never changed by the service: this function takes one organisation's marks away, and nothing else.
 */
export const recallMigration: SqlMigration = {
  name: 'Recall1764000000504',
  up: [
    `CREATE FUNCTION recall_versions(recalled_type text, recalled_id text, gone text) RETURNS void
     LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
       DELETE FROM past_audience p WHERE p.type = recalled_type AND p.id = recalled_id AND ${bare('p.organisation')} = gone;
       UPDATE history h SET audience = ARRAY(SELECT m FROM unnest(h.audience) m WHERE ${bare('m')} <> gone)
         WHERE h.type = recalled_type AND h.id = recalled_id
           AND EXISTS (SELECT 1 FROM unnest(h.audience) m WHERE ${bare('m')} = gone);
     END $$`,
    // Whoever calls it brings no tables of his own into it.
    `DO $$ BEGIN
       EXECUTE format('ALTER FUNCTION recall_versions(text, text, text) SET search_path = %I, pg_temp', current_schema());
     END $$`,
  ],
};
