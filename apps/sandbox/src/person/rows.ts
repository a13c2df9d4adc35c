import pg from 'pg';
import { schemaOf, type ServiceDefinition } from '#service';
import { namingAny, type Ref } from './mentions.js';
import { writtenNumber } from './nhs-number.js';

/** One version as a service's table has it. */
export interface Row {
  schema: string;
  type: string;
  id: string;
  version: number;
  deleted: boolean;
  /** In `resource`; otherwise in `history`. */
  current: boolean;
  content: string;
}

/** Opens the database as an administrator: what services may not do to history, an erasure must. */
export async function withAdmin<T>(adminUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'ginnel-person' });
  await client.connect();
  try {
    // The policies hold the owner of the tables, too.
    await client.query(`SELECT set_config('ginnel.audience', '*', false)`);
    return await work(client);
  } finally {
    await client.end();
  }
}

export function schemasOf(definitions: readonly ServiceDefinition[]): string[] {
  return definitions.map(({ name }) => schemaOf(name));
}

/** Those references are looked for at once; an expression of thousands would be slow to make. */
const atOnce = 200;

/**
 * Every version, current or past, owned or followed, that names one of these or has the NHS number in its text. Reads all content:
 * what search tables hold is not all that names a person.
 */
export async function versionsNaming(
  client: pg.Client,
  schemas: readonly string[],
  wanted: { refs: readonly Ref[]; number?: string | undefined },
): Promise<Row[]> {
  const patterns = [
    ...(wanted.number === undefined ? [] : [writtenNumber(wanted.number)]),
    ...inParts(wanted.refs, atOnce).map(namingAny),
  ];
  const found = new Map<string, Row>();
  for (const pattern of patterns)
    for (const schema of schemas)
      for (const row of await rowsWhere(client, schema, { condition: 'content ~ $1', values: [pattern] }))
        found.set([schema, row.type, row.id, row.version, row.current].join(' '), row);
  return [...found.values()];
}

/** Every version of these resources themselves. */
export async function versionsOf(client: pg.Client, schemas: readonly string[], refs: readonly Ref[]): Promise<Row[]> {
  const found: Row[] = [];
  for (const schema of schemas)
    found.push(
      ...(await rowsWhere(client, schema, { condition: `type || '/' || id = ANY($1::text[])`, values: [refs] })),
    );
  return found;
}

async function rowsWhere(
  client: pg.Client,
  schema: string,
  { condition, values }: { condition: string; values: unknown[] },
): Promise<Row[]> {
  const of = (table: string, current: boolean) =>
    `SELECT type, id, version, deleted, ${String(current)} AS current, content
     FROM ${pg.escapeIdentifier(schema)}.${table} WHERE ${condition}`;
  const text = `${of('resource', true)} UNION ALL ${of('history', false)} ORDER BY type, id, version`;
  const { rows } = await client.query<Omit<Row, 'schema'>>(text, values);
  return rows.map((row) => ({ schema, ...row }));
}

export function inParts<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
