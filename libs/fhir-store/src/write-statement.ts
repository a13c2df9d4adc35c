import type { Statement } from '#postgres';
import { auditPart, auditRecord, auditRecordColumns } from './audit/audit-columns.js';
import type { AuditRow } from './audit/audit-row.js';
import { indexShapeOf } from './index-parts.js';
import { type OnceRecord, requestKeyPart } from './request-keys.js';
import { claimed, type KeyClaim, keyTurns, released } from './key-parts.js';
import {
  type Interaction,
  listOf,
  lockedRows,
  type PlacedRows,
  replaces,
  rowColumns,
  rowParts,
} from './write-parts.js';
import { withheldFor, withheldPart } from './withheld-parts.js';

/** Rows of one type and interaction, as the statement takes them. */
export interface WriteGroup {
  type: string;
  interaction: Interaction;
  ids: readonly string[];
  /** JSON of the rows: id, version, audience, event_id, event and what is indexed; an array with their content where they are several. */
  rows: string;
  /** Of the row, where it is one. */
  content?: string;
  /** Ids of the Patients that the rows are about. */
  persons: readonly string[];
}

export interface WriteHeader {
  audit: AuditRow;
  traceparent: string | null;
  /** In the order of their keys. */
  claims: readonly KeyClaim[];
  /** The transaction across services that may write what it has reserved. */
  transaction: string | null;
  /** The request that is answered, where it may come again. */
  once?: OnceRecord | undefined;
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
  const { audit, traceparent, claims, transaction, once } = header;
  return {
    ...preparedFor(groups, header),
    values: [
      audit.recorded,
      audit.agent,
      audit.correlationId,
      traceparent,
      JSON.stringify({ ...auditRecord(audit), once }),
      [...new Set(groups.flatMap(({ persons }) => persons))],
      ...(claims.length > 0 ? [JSON.stringify(claims)] : []),
      ...(groups.some(replaces) ? [transaction] : []),
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
const personsAt = '$6';
const afterHeader = 7;

/** One prepared statement per combination of types and interactions; rare combinations beyond the bound are sent unprepared. */
function preparedFor(groups: readonly WriteGroup[], { claims, once }: WriteHeader): Pick<Statement, 'name' | 'text'> {
  const replaced = groups.filter(replaces).flatMap(({ ids }) => ids).length;
  const keys = claims.length === 0 ? 'none' : claims.some(({ f }) => f.length > 0) ? 'passed' : 'new';
  const frees = groups.some(({ interaction }) => interaction === 'delete');
  const withTurns = frees || claims.length > 1;
  const shape: Shape = { keys, withLocks: replaced > 1, withTurns, isOnce: once !== undefined };
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

/** One row has a statement of its own. */
function signatureOf({ type, interaction, ids }: WriteGroup): string {
  return `${type}.${interaction}${ids.length > 1 ? 's' : ''}.${indexShapeOf(type)}`;
}

interface Shape {
  /** Whether keys are claimed, and some of them from another holder. */
  keys: 'none' | 'new' | 'passed';
  withLocks: boolean;
  /** Whether several keys may be wanted. */
  withTurns: boolean;
  /** Whether it answers a request that may come again. */
  isOnce: boolean;
}

function textOf(groups: readonly WriteGroup[], { keys, withLocks, withTurns, isOnce }: Shape): string {
  const claims = keys === 'none' ? undefined : `$${String(afterHeader)}`;
  const transactionAt = claims === undefined ? afterHeader : afterHeader + 1;
  const placed = placedAfter(groups.some(replaces) ? transactionAt + 1 : transactionAt, groups);
  const deleted = placed.filter(({ interaction }) => interaction === 'delete');
  const first = firstParts(placed, { keys, withLocks, withTurns, claims });
  const after = first.at(-1)?.name;
  const by = () => ({
    agent: '$2::text',
    organisation: "$5::jsonb->>'organisation'",
    correlationId: '$3::text',
    traceparent: '$4::text',
    transaction: `$${String(transactionAt)}::text`,
  });
  const parts = [
    ...first.map(({ name, text }) => `${name} AS ${text}`),
    ...deleted.map((group) => `${group.g}_released AS ${released(group, { claims, after })}`),
    ...placed.flatMap((group) => rowParts(group, { after, by })),
    audited,
    ...(isOnce ? [`requested AS ${requestKeyPart("$5::jsonb->'once'")}`] : []),
  ];
  // Without a group nothing else takes them, and their type would not be known.
  return `WITH ${parts.join(',\n')}\nSELECT $1::timestamptz, $2::text, $3::text, $4::text`;
}

/** What is waited for before anything is written, each after the one before it: persons, keys, rows. */
function firstParts(
  placed: readonly PlacedRows[],
  { keys, withLocks, withTurns, claims }: Omit<Shape, 'isOnce'> & { claims: string | undefined },
): { name: string; text: string }[] {
  const parts = [{ name: withheldPart, text: withheldFor(personsAt, placed.filter(replaces)) }];
  const last = (): string => parts.at(-1)?.name ?? withheldPart;
  if (withTurns) {
    const deleted = placed.filter(({ interaction }) => interaction === 'delete');
    parts.push({ name: 'turns', text: keyTurns(deleted, claims, last()) });
  }
  if (claims !== undefined) {
    parts.push({ name: 'used', text: claimed(claims, { passes: keys === 'passed', after: last() }) });
  }
  if (withLocks) parts.push(...lockParts(placed, last()));
  return parts;
}

/** A create needs no ids beside its rows. */
function placedAfter(first: number, groups: readonly WriteGroup[]): PlacedRows[] {
  let next = first;
  return groups.map(({ type, interaction, ids, content }, at) => {
    const g = `g${String(at)}`;
    const rows = `$${String(next++)}`;
    const alone = content === undefined ? undefined : `$${String(next++)}`;
    const place = { type, interaction, g, ...rowsOf(type, { g, rows, alone }) };
    if (interaction === 'create') return { ...place, ids: '', these: '' };
    const id = `$${String(next++)}`;
    return ids.length === 1
      ? { ...place, ids: `ARRAY[${id}::text]`, these: `= ${id}::text` }
      : { ...place, ids: listOf(id), these: `= ANY(${listOf(id)})` };
  });
}

/** The content of a single row comes beside it: quoted within JSON it would be read letter by letter twice more. */
function rowsOf(
  type: string,
  { g, rows, alone }: { g: string; rows: string; alone: string | undefined },
): Pick<PlacedRows, 'rows' | 'content'> {
  return alone === undefined
    ? {
        rows: `jsonb_to_recordset(${rows}::jsonb) AS r(content text, ${rowColumns(type)})`,
        content: `${g}.content`,
      }
    : {
        rows: `jsonb_to_record(${rows}::jsonb) AS r(${rowColumns(type)})`,
        content: `${alone}::text`,
      };
}

const audited = auditPart(`jsonb_to_record($5::jsonb) AS a(${auditRecordColumns})`);

/** Locks what is replaced: type by type and id by id, each type after the one before it. */
function lockParts(groups: readonly PlacedRows[], afterKeys: string | undefined): { name: string; text: string }[] {
  const replaced = groups.filter(replaces);
  const types = [...new Set(replaced.map(({ type }) => type))];
  return types.map((type, at) => {
    const ids = replaced.filter((group) => group.type === type).map((group) => group.ids);
    const after = at > 0 ? `locked${String(at - 1)}` : afterKeys;
    return { name: `locked${String(at)}`, text: lockedRows(type, ids, { after }) };
  });
}
