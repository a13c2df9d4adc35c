import type { Audience } from '#fhir';
import { asAdmin, type OpenedStore } from './opened-store.js';
import { vacuum } from './vacuum.js';

/** Tasks of one patient. */
const each = 20;
/** Patients of the practice `small`. */
const few = 40;

/**
 * Tasks by the thousand or the million, in a few statements, twenty for each patient. A practice `small` has referred 800 of
 * them, however many there are; a provider `big` owns six in ten, and fifty others the rest. Nearly all are done, one in ten
 * waits, and has a deadline.
 */
export async function seedTasks({ adminUrl }: Pick<OpenedStore, 'adminUrl'>, tasks: number): Promise<void> {
  const patients = patientsOf(tasks);
  const step = stepOf(tasks);
  await asAdmin(
    adminUrl,
    `SET search_path TO referral;
     ${tables.map(leftAlone).join(' ')}
     CREATE TEMP TABLE person AS SELECT 'person-' || i AS id, i, timestamptz '2026-01-01' + i * interval '${String(each)} minutes' AS at,
       CASE WHEN i % 10 < 6 THEN 'big' ELSE 'provider-' || i % 50 END AS provider,
       CASE WHEN i % ${String(step)} = 0 AND i < ${String(few * step)} THEN 'small' ELSE 'practice-' || i % 97 END AS practice
     FROM generate_series(0, ${String(patients - 1)}) i;
     CREATE TEMP TABLE seed AS SELECT 'task-' || n AS id, n, 'Patient/' || person.id AS patient, provider, practice,
       timestamptz '2026-01-01' + n * interval '1 minute' AS at,
       CASE WHEN n % 1000 = 0 THEN 'rejected' WHEN n % 7 = 0 THEN 'in-progress' WHEN n % 11 = 0 THEN 'requested' ELSE 'completed' END AS status
     FROM generate_series(0, ${String(tasks - 1)}) n JOIN person ON person.i = n / ${String(each)};
     INSERT INTO task SELECT 'Task', id, 1, at, ARRAY[practice, provider], false,
       '{"resourceType":"Task","id":"' || id || '","status":"' || status || '","intent":"order"}' FROM seed;
     INSERT INTO task_search (id, last_updated, p_status, p_intent, p_owner, p_requester, p_patient, p_subject, p_authored_on_low, p_authored_on_high)
       SELECT id, at, status, 'order', 'Organization/' || provider, 'Organization/' || practice, patient, patient, at, at + interval '1 second' FROM seed;
     INSERT INTO task_value SELECT 'Task', id, 'identifier', 'referral-' || n, 'https://ginnel.example/referral' FROM seed
       UNION ALL SELECT 'Task', id, 'code', 'fulfill', 'http://hl7.org/fhir/CodeSystem/task-code' FROM seed;
     INSERT INTO date_value (type, id, parameter, low, high)
       SELECT 'Task', id, 'deadline', at + interval '5 days', at + interval '5 days 1 second' FROM seed WHERE status = 'requested';
     INSERT INTO task_audience SELECT 'Task', id, unnest(ARRAY[practice, provider]), at FROM seed;
     INSERT INTO patient SELECT 'Patient', id, 1, at, ARRAY[practice, provider], false,
       '{"resourceType":"Patient","id":"' || id || '"}' FROM person;
     INSERT INTO patient_search (id, last_updated) SELECT id, at FROM person;
     INSERT INTO patient_value SELECT 'Patient', id, 'identifier', id, 'https://ginnel.example/person' FROM person;
     INSERT INTO patient_audience SELECT 'Patient', id, unnest(ARRAY[practice, provider]), at FROM person`,
  );
  await vacuum(adminUrl, tables);
}

/** The number of a task that this reader sees, another one each time. */
export function taskSeenBy({ reader, at, tasks }: { reader: Audience; at: number; tasks: number }): number {
  const inPerson = at % each;
  const step = stepOf(tasks);
  if (reader.includes('small')) return ((at * 7) % few) * step * each + inPerson;
  const tens = Math.floor(patientsOf(tasks) / 10);
  return (((at * 7919) % tens) * 10 + (at % 6)) * each + inPerson;
}

function patientsOf(tasks: number): number {
  return tasks / each;
}

/** Which patients are the practice's: one in so many. */
function stepOf(tasks: number): number {
  return Math.max(1, Math.floor(patientsOf(tasks) / few));
}

/** While PostgreSQL has seen to some of them only, it plans for that moment. */
function leftAlone(table: string): string {
  return `ALTER TABLE ${table} SET (autovacuum_enabled = false);`;
}

const tables = [
  'date_value',
  ...['task', 'patient'].flatMap((type) => [type, `${type}_search`, `${type}_value`, `${type}_audience`]),
];
