import type { Statement } from '#postgres';
import { auditPart, auditRecord, auditRecordColumns } from './audit/audit-columns.js';
import type { AuditRow } from './audit/audit-row.js';
import { indexShapeOf } from './index-parts.js';
import { type OnceRecord, requestKeyPart } from './request-keys.js';
import type { Stored } from './stored.js';
import type { RowToWrite } from './written-version.js';
import { withheldFor, withheldPart } from './withheld-parts.js';
import { listOf, lockedRows, type PlacedRows, rowColumns, rowParts } from './write-parts.js';

/** One write of one act that goes together with those of others. */
export interface GroupedWrite {
  stored: Stored;
  /** id, version, readers, persons, event_id, event and what is indexed. */
  row: RowToWrite;
  audit: AuditRow;
  traceparent: string | null;
  /** The request that is answered, where it may come again. */
  once: OnceRecord | undefined;
}

/**
 * Several acts in one statement, each with its own version, audit row and outbox row; all are of one type and interaction.
 * It never waits for a row that somebody else replaces: where one is locked it fails (55P03), as it does where a version is
 * not the current one, and nothing is written.
 */
export function groupStatement(
  { type, interaction }: GroupKind,
  writes: readonly GroupedWrite[],
  now: Date,
): Statement {
  // By their ids, so that two groups make and lock rows in the same order.
  const sorted = [...writes].sort((a, b) => (a.stored.id < b.stored.id ? -1 : 1));
  const contents = sorted.map(({ stored }) => Buffer.from(stored.content));
  let next = 1;
  const rows = sorted.map(({ row, audit, traceparent, once }, at) => {
    const begins = next;
    next += contents[at]?.length ?? 0;
    return {
      ...row,
      audit: { ...auditRecord(audit), once },
      traceparent,
      content_begins: begins,
      content_bytes: next - begins,
    };
  });
  const persons = [...new Set(sorted.flatMap(({ row }) => row.persons))];
  const ids = interaction === 'create' ? [] : [JSON.stringify(sorted.map(({ stored }) => stored.id))];
  return {
    ...preparedFor({ type, interaction, isOnce: writes.some(({ once }) => once !== undefined) }),
    values: [now, JSON.stringify(rows), Buffer.concat(contents), persons, ...ids],
  };
}

export interface GroupKind {
  type: string;
  interaction: 'create' | 'update';
}

const actColumns = 'audit jsonb, traceparent text, content_begins int, content_bytes int';

const texts = new Map<string, string>();

/** A group in which no request may come again has no part for that. */
type Shape = GroupKind & { isOnce: boolean };

function preparedFor(kind: Shape): { name: string; text: string } {
  const name = `${kind.interaction}-together${kind.isOnce ? '-once' : ''}-${kind.type}-${indexShapeOf(kind.type)}`;
  const text = texts.get(name) ?? textOf(kind);
  texts.set(name, text);
  return { name, text };
}

function textOf({ type, interaction, isOnce }: Shape): string {
  const ids = listOf('$5');
  const rows: PlacedRows = {
    type,
    interaction,
    g: 'g',
    rows: `jsonb_to_recordset($2::jsonb) AS r(${actColumns}, ${rowColumns(type)})`,
    // All contents stand behind each other in one value: cut out by bytes, none is read letter by letter.
    content: "convert_from(substring($3::bytea FROM g.content_begins FOR g.content_bytes), 'UTF8')",
    ids,
    these: `= ANY(${ids})`,
  };
  const locked =
    interaction === 'create' ? [] : [`locked AS ${lockedRows(type, [ids], { after: withheldPart, noWait: true })}`];
  const by = (g: string) => ({
    agent: `${g}.audit->>'agent'`,
    organisation: `${g}.audit->>'organisation'`,
    correlationId: `${g}.audit->>'correlation_id'`,
    traceparent: `${g}.traceparent`,
    transaction: 'NULL::text',
  });
  const parts = [
    `${withheldPart} AS ${withheldFor('$4', interaction === 'create' ? [] : [rows])}`,
    ...locked,
    ...rowParts(rows, { after: locked.length === 0 ? withheldPart : 'locked', by }),
    auditPart(`g, jsonb_to_record(g.audit) AS a(${auditRecordColumns})`),
    ...(isOnce ? [`requested AS ${requestKeyPart("g.audit->'once'", 'g')}`] : []),
  ];
  return `WITH ${parts.join(',\n')}\nSELECT 1`;
}
