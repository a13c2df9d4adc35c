/**
 * Of the statements that write: no row is readable by an organisation from which a Consent withholds the records of its person.
 * Name of the part that waits until no Consent of these persons is being applied, and then has what is withheld.
 */
export const withheldPart = 'withheld_now';

interface Rows {
  type: string;
  interaction: 'create' | 'update' | 'delete';
}

/** Comes before every other part: who waits for a Consent must not hold what its application needs. */
export function withheldFor(persons: string, replaced: readonly { type: string; these: string }[]): string {
  const known = replaced.map(
    ({ type, these }) =>
      ` || ARRAY(SELECT patient FROM person_record WHERE type = '${type}' AND id ${these} AND patient <> ALL(${persons}::text[]))`,
  );
  return `MATERIALIZED (SELECT withheld_from(${persons}::text[]${known.join('')}) AS w)`;
}

/** The marks of a row that stands as `r` (id, persons). */
export function markedFor({ type, interaction }: Rows, marks: string, row = 'r'): string {
  const known =
    interaction === 'create'
      ? ''
      : ` || ARRAY(SELECT p.patient FROM person_record p WHERE p.type = '${type}' AND p.id = ${row}.id)`;
  return `CASE WHEN (SELECT w FROM ${withheldPart}) IS NULL THEN ${marks}
    ELSE marked(${marks}, ${row}.persons${known}, (SELECT w FROM ${withheldPart})) END`;
}

/**
 * Marks that were stored before: a Consent may have been applied or ended after this statement had looked at them.
 */
export function markedAgain(marks: string, { type, g }: { type: string; g: string }): string {
  return `CASE WHEN (SELECT w FROM ${withheldPart}) IS NULL AND array_to_string(${marks}, ',') NOT LIKE '%!%' THEN ${marks}
    ELSE marked(${marks}, ${g}.persons || ARRAY(SELECT p.patient FROM person_record p WHERE p.type = '${type}' AND p.id = ${g}.id),
      (SELECT w FROM ${withheldPart})) END`;
}

/** Notes whom a resource is about, once: so its versions are found when that person's Consent comes. */
export function rememberPersons({ type, g }: { type: string; g: string }): string {
  return `${g}_persons AS (INSERT INTO person_record (patient, type, id)
       SELECT p, '${type}', ${g}.id FROM ${g}, unnest(${g}.persons) p ON CONFLICT DO NOTHING)`;
}
