import type { Statement } from '#postgres';
import { forgetParts, indexParts, indexRecordOf, indexShapeOf } from './index-parts.js';
import { afterwards, claimed, type KeyClaim, keyTurns, released } from './key-parts.js';
import { historyParts, replacedPart } from './history-parts.js';
import { tablesOf } from './layout.js';

export type Interaction = 'create' | 'update' | 'delete';

/** Rows of one type and interaction, as the statement takes them. */
export interface WriteGroup {
  type: string;
  interaction: Interaction;
  ids: readonly string[];
  /** JSON of the rows: id, version, audience, event_id, event and what is indexed; an array with their content where they are several. */
  rows: string;
  /** Of the row, where it is one. */
  content?: string;
}

export interface WriteHeader {
  now: Date;
  agent: string;
  organisation: string | null;
  interaction: string;
  requestId: string | null;
  correlationId: string;
  traceparent: string | null;
  /** In the order of their keys. */
  claims: readonly KeyClaim[];
  /** The transaction across services that may write what it has reserved. */
  transaction: string | null;
  auditId: string;
  entities: readonly string[];
  digest: Buffer;
}

/**
 * The write path's one statement: content, history, search values, audience, keys, audit row and outbox rows of all groups.
 * A second writer of the same version breaks `<type>_history_pkey` or the outbox' NOT NULL, a second use of a key
 * `used_key_pkey`; then nothing is written.
 *
 * No two of these wait for each other: keys come first, in turn and in order, then the rows that are replaced are locked by type and
 * id, and only then is anything written.
 */
export function writeStatement(groups: readonly WriteGroup[], header: WriteHeader): Statement {
  return {
    ...preparedFor(groups, header.claims),
    values: [
      header.now,
      header.agent,
      header.organisation,
      header.interaction,
      header.requestId,
      header.correlationId,
      header.traceparent,
      header.auditId,
      header.entities,
      header.digest,
      ...(header.claims.length > 0 ? [JSON.stringify(header.claims)] : []),
      ...(groups.some(replaces) ? [header.transaction] : []),
      ...groups.flatMap(({ interaction, ids, rows, content }) => [
        rows,
        ...(content === undefined ? [] : [content]),
        ...(interaction === 'create' ? [] : [ids.length === 1 ? ids[0] : JSON.stringify(ids)]),
      ]),
    ],
  };
}

const prepared = new Map<string, Required<Pick<Statement, 'name' | 'text'>>>();
const preparedAtMost = 500;
const afterHeader = 11;

/** One prepared statement per combination of types and interactions; rare combinations beyond the bound are sent unprepared. */
function preparedFor(groups: readonly WriteGroup[], claims: readonly KeyClaim[]): Pick<Statement, 'name' | 'text'> {
  const replaced = groups.filter(replaces).flatMap(({ ids }) => ids).length;
  const keys = claims.length === 0 ? 'none' : claims.some(({ f }) => f.length > 0) ? 'passed' : 'new';
  const frees = groups.some(({ interaction }) => interaction === 'delete');
  const shape: Shape = { keys, withLocks: replaced > 1, withTurns: frees || claims.length > 1 };
  const signature = [...groups.map(signatureOf), JSON.stringify(shape)].join(' ');
  const known = prepared.get(signature);
  if (known) return known;
  const text = textOf(groups, shape);
  if (prepared.size >= preparedAtMost) return { text };
  // PostgreSQL compares the first 63 characters of a name only: the number stands in front.
  const name = `write-${String(prepared.size)}-${groups.map(({ type }) => type).join('-')}`.slice(0, 60);
  const statement = { name, text };
  prepared.set(signature, statement);
  return statement;
}

/**
 * One row has a statement of its own, and lists come as JSON: from an array's length PostgreSQL would conclude that a new
 * plan for each execution is worth its while, which costs more than the execution.
 */
function signatureOf({ type, interaction, ids }: WriteGroup): string {
  return `${type}.${interaction}${ids.length > 1 ? 's' : ''}.${indexShapeOf(type)}`;
}

interface Shape {
  /** Whether keys are claimed, and some of them from another holder. */
  keys: 'none' | 'new' | 'passed';
  withLocks: boolean;
  /** Whether several keys may be wanted. */
  withTurns: boolean;
}

/** A group with its name in the statement and its placeholders. */
interface PlacedGroup extends Pick<WriteGroup, 'type' | 'interaction'> {
  g: string;
  rows: string;
  content?: string;
  /** The ids of what is replaced, as an array. */
  ids: string;
  /** What stands after `id`, to find them. */
  these: string;
}

function textOf(groups: readonly WriteGroup[], { keys, withLocks, withTurns }: Shape): string {
  const claims = keys === 'none' ? undefined : `$${String(afterHeader)}`;
  const transactionAt = claims === undefined ? afterHeader : afterHeader + 1;
  const placed = placedAfter(groups.some(replaces) ? transactionAt + 1 : transactionAt, groups);
  const deleted = placed.filter(({ interaction }) => interaction === 'delete');
  const turns = withTurns ? 'turns' : undefined;
  const first = [
    ...(turns === undefined ? [] : [{ name: turns, text: keyTurns(deleted, claims) }]),
    ...(claims === undefined
      ? []
      : [{ name: 'used', text: claimed(claims, { passes: keys === 'passed', after: turns }) }]),
  ];
  if (withLocks) first.push(...lockParts(placed, first.at(-1)?.name));
  const after = first.at(-1)?.name;
  const parts = [
    ...first.map(({ name, text }) => `${name} AS ${text}`),
    ...deleted.map((group) => `${group.g}_released AS ${released(group, { claims, after })}`),
    ...placed.flatMap((group) => groupParts(group, { after, transaction: `$${String(transactionAt)}` })),
    audited,
  ];
  // The outbox alone takes $7: without a group its type would not be known.
  return `WITH ${parts.join(',\n')}\nSELECT $7::text`;
}

function replaces({ interaction }: Pick<WriteGroup, 'interaction'>): boolean {
  return interaction !== 'create';
}

/** A create needs no ids beside its rows. */
function placedAfter(first: number, groups: readonly WriteGroup[]): PlacedGroup[] {
  let next = first;
  return groups.map(({ type, interaction, ids, content }, at) => {
    const place = {
      type,
      interaction,
      g: `g${String(at)}`,
      rows: `$${String(next++)}`,
      ...(content === undefined ? {} : { content: `$${String(next++)}` }),
    };
    if (interaction === 'create') return { ...place, ids: '', these: '' };
    const id = `$${String(next++)}`;
    const many = `ARRAY(SELECT jsonb_array_elements_text(${id}::jsonb))`;
    return ids.length === 1
      ? { ...place, ids: `ARRAY[${id}::text]`, these: `= ${id}::text` }
      : { ...place, ids: many, these: `= ANY(${many})` };
  });
}

const audited = `audited AS (INSERT INTO audit_event
     (id, recorded, agent, organisation, interaction, entities, request_id, correlation_id, digest)
   VALUES ($8::uuid, $1::timestamptz, $2::text, $3::text, $4::text, $9::text[], $5::text, $6::text, $10::bytea))`;

/** Locks what is replaced: type by type and id by id, each type after the one before it. */
function lockParts(groups: readonly PlacedGroup[], afterKeys: string | undefined): { name: string; text: string }[] {
  const replaced = groups.filter(replaces);
  const types = [...new Set(replaced.map(({ type }) => type))];
  return types.map((type, at) => {
    const ids = replaced.filter((group) => group.type === type).map((group) => group.ids);
    const before = at > 0 ? `locked${String(at - 1)}` : afterKeys;
    return {
      name: `locked${String(at)}`,
      text: `MATERIALIZED (SELECT id FROM ${tablesOf(type).resource}
        WHERE type = '${type}' AND id = ANY(${ids.join(' || ')})${afterwards(before)} ORDER BY id FOR UPDATE)`,
    };
  });
}

function groupParts(
  group: PlacedGroup,
  { after, transaction }: { after: string | undefined; transaction: string },
): string[] {
  const { type, interaction, g } = group;
  const replacing = interaction === 'create' ? undefined : { ...group, interaction };
  return [
    `${g} AS MATERIALIZED (${rowsOf(group)} WHERE true${afterwards(after)})`,
    ...(replacing ? [replacedPart(replacing)] : []),
    `${g}_content AS (${replacing ? replaceContent(group, transaction) : insertContent(group)})`,
    ...(replacing ? [...historyParts(replacing), ...forgetParts(replacing)] : []),
    ...(interaction === 'delete' ? [] : indexParts(group)),
    // A version that replaced nothing has no id here, which the outbox does not take: then nothing is written.
    `${g}_outbox AS (INSERT INTO outbox
       (event_id, type, resource_type, resource_id, version, audience, agent, correlation_id, traceparent, occurred_at)
       SELECT event_id, event, '${type}', c.id, version, audience, $2::text, $6::text, $7::text, $1::timestamptz
       FROM ${g} LEFT JOIN ${g}_content c ON c.id = ${g}.id)`,
  ];
}

/** The content of a single row comes beside it: quoted within JSON it would be read letter by letter twice more. */
function rowsOf({ type, rows, content }: PlacedGroup): string {
  const fixed = ['id text', 'version int', 'audience text[]', 'event_id uuid', 'event text', indexRecordOf(type)];
  return content === undefined
    ? `SELECT * FROM jsonb_to_recordset(${rows}::jsonb) AS r(content text, ${fixed.join(', ')})`
    : `SELECT r.*, ${content}::text AS content FROM jsonb_to_record(${rows}::jsonb) AS r(${fixed.join(', ')})`;
}

function insertContent({ type, g }: PlacedGroup): string {
  return `INSERT INTO ${tablesOf(type).resource} (type, id, version, last_updated, audience, deleted, content)
    SELECT '${type}', id, version, $1::timestamptz, audience, false, content FROM ${g} RETURNING id`;
}

/**
 * The version that is replaced must stand in the statement's own snapshot too: index rows that a faster writer has made
 * since would not be seen, and stay. What a transaction has reserved it alone replaces, and is then reserved no more.
 */
function replaceContent({ type, interaction, g, these }: PlacedGroup, transaction: string): string {
  const { resource } = tablesOf(type);
  return `UPDATE ${resource} t SET version = ${g}.version, last_updated = $1::timestamptz, audience = ${g}.audience,
      deleted = ${String(interaction === 'delete')}, content = ${g}.content, reserved_by = NULL
    FROM ${g} JOIN ${g}_replaced s ON s.id = ${g}.id
    WHERE t.type = '${type}' AND t.id ${these} AND t.id = ${g}.id AND t.version = ${g}.version - 1
      AND CASE WHEN t.reserved_by IS NULL OR t.reserved_by = ${transaction}::text THEN true ELSE refuse_reserved() END
    RETURNING t.id`;
}
