import { heldTypes, type ServiceDefinition } from '#service';

/**
 * What an erasure does with a table. `erase` is a statement whose `$1` is a JSON list of {type, id}, `$2` the references
 * (`Task/1`) and `$3` a pattern that finds any of them, or the NHS number, in a text; of these it names those that it needs.
 */
export type Treatment = { erase: readonly string[] } | { kept: string } | { impersonal: string };

/** Of one type's partitions and search table, too: whatever stands in the parent. */
const byId = (table: string): Treatment => ({
  erase: [
    `DELETE FROM ${table} x USING jsonb_to_recordset($1::jsonb) AS r(type text, id text)
     WHERE x.type = r.type AND x.id = r.id`,
  ],
});

/**
 * Every table of a service, by name. A table that is missing here fails a test: whoever makes one says what becomes of it
 * when a person is erased.
 */
const treatments: Readonly<Record<string, Treatment>> = {
  resource: byId('resource'),
  history: byId('history'),
  value: byId('value'),
  audience: byId('audience'),
  date_value: byId('date_value'),
  number_value: byId('number_value'),
  position_value: byId('position_value'),
  past_audience: byId('past_audience'),
  outbox: {
    erase: [
      `DELETE FROM outbox x USING jsonb_to_recordset($1::jsonb) AS r(type text, id text)
       WHERE x.resource_type = r.type AND x.resource_id = r.id`,
    ],
  },
  used_key: { erase: [`DELETE FROM used_key WHERE resource_type || '/' || resource_id = ANY($2::text[]) OR key ~ $3`] },
  inbox_position: { erase: ['DELETE FROM inbox_position WHERE resource = ANY($2::text[])'] },
  dead_letter: {
    erase: [
      'DELETE FROM dead_letter WHERE resource = ANY($2::text[])',
      // About somebody else, whose later events must not wait for it.
      `UPDATE dead_letter SET event = NULL, state = 'discarded', settled_at = now() WHERE event ~ $3`,
    ],
  },
  job: { erase: ['DELETE FROM job WHERE request ~ $3 OR answer ~ $3'] },
  delivery: {
    erase: [
      `DELETE FROM delivery WHERE 'Subscription/' || subscription_id = ANY($2::text[])`,
      // Its number stays: whoever counts would take it for lost.
      `UPDATE delivery SET payload = NULL, persons = '{}', focus_type = NULL, focus_id = NULL, focus_version = NULL
       WHERE payload ~ $3 OR focus_type || '/' || focus_id = ANY($2::text[])
         OR EXISTS (SELECT 1 FROM unnest(persons) AS person WHERE 'Patient/' || person = ANY($2::text[]))`,
    ],
  },
  channel: { erase: [`DELETE FROM channel WHERE 'Subscription/' || subscription_id = ANY($2::text[])`] },
  outgoing_message: {
    erase: [`DELETE FROM outgoing_message WHERE 'Communication/' || communication_id = ANY($2::text[])`],
  },
  subscriber: { erase: [`DELETE FROM subscriber WHERE 'Subscription/' || subscription_id = ANY($2::text[])`] },
  task_code: { erase: [`DELETE FROM task_code WHERE 'Task/' || task_id = ANY($2::text[])`] },
  task_code_guess: { impersonal: 'how often a client tried codes in vain' },
  reservation: {
    erase: [
      `UPDATE reservation SET keys = '[]', versions = '[]' WHERE settled_at IS NOT NULL
       AND EXISTS (SELECT 1 FROM jsonb_to_recordset(versions) AS v(type text, id text)
                   WHERE v.type || '/' || v.id = ANY($2::text[]))`,
    ],
  },
  summary_due: {
    erase: [`DELETE FROM summary_due WHERE resource = ANY($2::text[]) OR 'Patient/' || patient = ANY($2::text[])`],
  },
  delivery_choice: { impersonal: 'what organisations decided' },
  maker: byId('maker'),
  person_record: {
    erase: [
      `DELETE FROM person_record x WHERE type || '/' || id = ANY($2::text[]) OR 'Patient/' || patient = ANY($2::text[])`,
    ],
  },
  held_place: { erase: [`DELETE FROM held_place WHERE 'Task/' || task_id = ANY($2::text[])`] },
  withheld: {
    erase: [
      `DELETE FROM withheld WHERE 'Consent/' || consent = ANY($2::text[]) OR 'Patient/' || patient = ANY($2::text[])`,
    ],
  },
  // The key itself stays: the same request again, late, must not bring back what it brought.
  request_key: {
    erase: [`UPDATE request_key SET made = '{}', answer = NULL WHERE array_to_string(made, ' ') ~ $3 OR answer ~ $3`],
  },
  audit_chain: { kept: 'digests of the audit, sealed' },
  audit_dropped: { kept: 'up to where the audit was dropped for its age' },
  audit_event: { kept: 'who did what, by ids of records that are no more' },
  erased: { kept: 'digests of references, so that nothing late brings anything back' },
  erasure: { kept: 'receipts: counts, once an erasure has ended' },
  attempt: { impersonal: 'ids of events' },
  consumer_start: { impersonal: 'names of consumers' },
  inbox: { impersonal: 'ids of events' },
  migration: { impersonal: 'names of migrations' },
  relay_stream: { impersonal: 'the life of the stream' },
  search_index: { impersonal: 'how far indexing has come; an id for as long as it runs' },
  search_parameter: { impersonal: 'definitions' },
  shape: { impersonal: 'a digest of definitions' },
  transaction_decision: { impersonal: 'ids of transactions' },
};

/** Of the issuer, where it is in the same database: it knows clients and staff, and links that were given to a person. */
export const issuerTreatments: Readonly<Record<string, Treatment>> = {
  client: {
    erase: [
      `WITH gone AS (DELETE FROM issuer.client WHERE 'Patient/' || patient = ANY($2::text[]) RETURNING id)
       INSERT INTO issuer.revoked_client (client, before) SELECT id, now() FROM gone
       ON CONFLICT (client) DO UPDATE SET before = excluded.before`,
    ],
  },
  act: { kept: 'what was done to clients, staff and keys, by ids' },
  dropped_key: { impersonal: 'ids of keys' },
  kept: { erase: ['DELETE FROM issuer.kept WHERE payload::text ~ $3'] },
  migration: { impersonal: 'names of migrations' },
  person: { impersonal: 'staff who sign in; nobody who is cared for' },
  revoked_client: { impersonal: 'ids of clients' },
  revoked_person: { impersonal: 'ids of staff' },
  revoked_token: { impersonal: 'ids of tokens' },
  shape: { impersonal: 'a digest of definitions' },
  sign_in_attempt: { impersonal: 'digests or names of staff' },
  signing_key: { impersonal: 'keys' },
  used_assertion: { impersonal: 'digests' },
};

/** The treatment of a table; those of one resource type are treated with their parents. Undefined where nobody thought of it. */
export function treatmentOf(table: string): Treatment | undefined {
  return treatments[table];
}

export interface ErasableTable {
  table: string;
  erase: readonly string[];
}

/** Those that an erasure changes, of one service. Search tables, which have no type, stand for themselves. */
export function erasableTables(definition: ServiceDefinition, there: ReadonlySet<string>): ErasableTable[] {
  const named = Object.entries(treatments)
    .filter(([table]) => there.has(table))
    .flatMap(([table, treatment]) => ('erase' in treatment ? [{ table, erase: treatment.erase }] : []));
  return [...heldTypes(definition).map(searchTable), ...named];
}

/** `task_search`. */
function searchTable(type: string): ErasableTable {
  const table = `${type.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()}_search`;
  return {
    table,
    erase: [
      `DELETE FROM ${table} x USING jsonb_to_recordset($1::jsonb) AS r(type text, id text)
       WHERE r.type = '${type}' AND x.id = r.id`,
    ],
  };
}

/** Tables of one resource type: partitions, and its search table. */
export function tablesOfType(type: string): string[] {
  const base = type.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return [base, `${base}_history`, `${base}_value`, `${base}_audience`, `${base}_search`];
}
