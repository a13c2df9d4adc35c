import { ownerOf } from '#fhir';
import { schemaOf } from '#service';
import { verifyAll } from '../../../apps/sandbox/src/commands/audit.js';
import { definitions } from '../../../apps/sandbox/src/sandbox.module.js';
import type { Entry } from '../courier.js';
import type { Facts } from '../facts.js';
import type { Installation } from '../installation.js';

const schemas = definitions.map(({ name }) => schemaOf(name));

/** Answers without an entry in the audit, versions without an event, events that were not published, and what was put aside. */
export async function recordFaults(ledger: readonly Entry[], facts: Facts): Promise<string[]> {
  const entered = schemas.map((schema) => `SELECT request_id FROM ${schema}.audit_event`).join(' UNION ALL ');
  const missing = await facts.rows<{ id: string }>(`SELECT id FROM unnest($1::text[]) id EXCEPT (${entered})`, [
    ledger.flatMap(({ requestIds }) => requestIds),
  ]);
  const found = missing.map(({ id }) => `request ${id} was answered and has no entry in the audit`);
  for (const { name: service } of definitions) {
    const schema = schemaOf(service);
    const silent = await facts.rows<{ name: string }>(
      `SELECT type || '/' || id || '/' || version AS name FROM ${schema}.every_version
       EXCEPT SELECT resource_type || '/' || resource_id || '/' || version FROM ${schema}.outbox`,
    );
    const parked = await facts.rows<{ consumer: string; detail: string; event_type: string }>(
      `SELECT consumer, detail, event_type FROM ${schema}.dead_letter WHERE state = 'parked'`,
    );
    found.push(
      ...silent
        .filter(({ name }) => ownerOf(name.split('/')[0] ?? '') === service)
        .map(({ name }) => `${name} of ${schema} has no event`),
      ...parked.map((one) => `${schema} put ${one.event_type} aside (${one.consumer}): ${one.detail.slice(0, 200)}`),
    );
  }
  return found;
}

/** What the verification of the audit's chain finds. */
export async function chainFaults({ servers, namespace }: Installation): Promise<string[]> {
  const { adminUrl: databaseUrl, natsUrl, natsMonitorUrl } = servers;
  const lines: string[] = [];
  const code = await verifyAll(
    { databaseUrl, natsUrl, natsMonitorUrl, namespace },
    { kept: [], print: (line) => lines.push(line) },
  );
  return code === 0 ? [] : lines;
}

/** How much there is, and how much of it is under way. */
export async function underWay(facts: Facts): Promise<{ events: number; open: number }> {
  const outboxes = schemas.map(
    (schema) =>
      `SELECT count(*)::int AS events, count(*) FILTER (WHERE published_at IS NULL)::int AS open FROM ${schema}.outbox`,
  );
  const audits = schemas.map(
    (schema) => `SELECT 0, count(*)::int FROM ${schema}.audit_event
      WHERE n > (SELECT coalesce(max(n_to), 0) FROM ${schema}.audit_chain)`,
  );
  const calls = [
    `SELECT 0, count(*)::int FROM subscriptions.delivery WHERE state = 'pending'`,
    `SELECT 0, count(*)::int FROM subscriptions.outgoing_message WHERE state = 'pending'`,
    `SELECT 0, count(*)::int FROM activity_directory.held_place WHERE NOT confirmed`,
  ];
  const text = `SELECT sum(events)::int AS events, sum(open)::int AS open FROM (${[...outboxes, ...audits, ...calls].join(' UNION ALL ')}) c`;
  const [sum] = await facts.rows<{ events: number; open: number }>(text);
  return sum ?? { events: 0, open: 0 };
}
