import type { OpenedStore } from './opened-store.js';
import { asAdmin } from './opened-store.js';

/**
 * Tasks by the hundred thousand, in a few statements: six in ten are `big`'s, four in a thousand `small`'s, the others are
 * of fifty organisations; nearly all are done, one in ten waits.
 */
export async function seedTasks({ adminUrl }: OpenedStore, tasks: number): Promise<void> {
  await asAdmin(
    adminUrl,
    `SET search_path TO referral; SET synchronous_commit TO off;
     CREATE TEMP TABLE seed AS SELECT 'task-' || i AS id, i,
       timestamptz '2026-01-01' + i * interval '1 minute' AS at,
       CASE WHEN i % 10 < 6 THEN 'big' WHEN i % 250 = 7 THEN 'small' ELSE 'provider-' || i % 50 END AS provider,
       'practice-' || i % 100 AS practice,
       CASE WHEN i % 1000 = 0 THEN 'rejected' WHEN i % 7 = 0 THEN 'in-progress' WHEN i % 11 = 0 THEN 'requested' ELSE 'completed' END AS status
     FROM generate_series(1, ${String(tasks)}) i;
     INSERT INTO task SELECT 'Task', id, 1, at, ARRAY[practice, provider], false,
       '{"resourceType":"Task","id":"' || id || '","status":"' || status || '","intent":"order"}' FROM seed;
     INSERT INTO task_search (id, last_updated, p_status, p_intent, p_owner, p_patient, p_subject, p_authored_on_low, p_authored_on_high)
       SELECT id, at, status, 'order', 'Organization/' || provider, 'Patient/' || i % 50000, 'Patient/' || i % 50000, at, at + interval '1 second' FROM seed;
     INSERT INTO task_value SELECT 'Task', id, 'identifier', 'referral-' || i, 'https://ginnel.example/referral' FROM seed
       UNION ALL SELECT 'Task', id, 'code', 'fulfill', 'http://hl7.org/fhir/CodeSystem/task-code' FROM seed;
     INSERT INTO task_audience SELECT 'Task', id, unnest(ARRAY[practice, provider]), at FROM seed;
     ANALYZE task; ANALYZE task_search; ANALYZE task_value; ANALYZE task_audience`,
  );
}
