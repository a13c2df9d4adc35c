import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Execution } from './load/pg-load.js';

export interface SameRows {
  /** Rows per table, as found. */
  counts: Readonly<Record<string, number>>;
  /** The same rows again, about a resource with a new id. */
  next: () => Execution;
}

/**
 * What one create wrote, found by its transaction id in every table of the schema, as one statement of plain inserts: whatever
 * the store's tables look like, the baseline writes the same. Its outbox rows are marked as sent, so that no relay takes them.
 */
export async function sameRowsOf(
  admin: pg.Pool,
  { schema, table, id }: { schema: string; table: string; id: string },
): Promise<SameRows> {
  const tables = await tablesIn(admin, schema);
  const written = await Promise.all(
    tables.map(async ({ name, columns }) => ({
      name,
      columns,
      rows: await rowsOf(admin, { name, columns, of: table, id }),
    })),
  );
  const found = written.filter(({ rows }) => rows.length > 0);
  const texts = new Texts(id);
  const inserts = found.map(({ name, columns, rows }, at) => {
    const lines = rows.map(
      (row) => `(${columns.map((column) => texts.placeholder(row[column.name], column.type)).join(', ')})`,
    );
    const names = columns.map((column) => pg.escapeIdentifier(column.name)).join(', ');
    return `w${String(at)} AS (INSERT INTO ${name} (${names}) VALUES ${lines.join(', ')})`;
  });
  const text = `WITH ${inserts.join(',\n')}\nSELECT 1`;
  return {
    counts: Object.fromEntries(found.map(({ name, rows }) => [name, rows.length])),
    next: () => ({ name: 'bench-same-rows', text, values: texts.about(randomUUID()) }),
  };
}

interface Column {
  name: string;
  type: string;
}

interface Table {
  /** Quoted, with its schema. */
  name: string;
  columns: Column[];
}

type Row = Readonly<Record<string, string | null>>;

/** Tables that hold rows themselves, partitions among them; columns that the database does not fill by itself. */
async function tablesIn(admin: pg.Pool, schema: string): Promise<Table[]> {
  const { rows } = await admin.query<Table>(
    `SELECT c.oid::regclass::text AS name,
            json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attidentity = '' AND a.attgenerated = ''
     WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' GROUP BY c.oid`,
    [pg.escapeIdentifier(schema)],
  );
  return rows;
}

async function rowsOf(admin: pg.Pool, { name, columns, of, id }: Table & { of: string; id: string }): Promise<Row[]> {
  const isOutbox = columns.some((column) => column.name === 'published_at');
  const list = columns.map((column) => `${pg.escapeIdentifier(column.name)}::text`).join(', ');
  // The relay has changed the outbox row since, and with it the transaction that it bears.
  const where = isOutbox ? 'resource_id = $1' : `xmin = (SELECT xmin FROM ${of} WHERE id = $1)`;
  const { rows } = await admin.query<Row>({ text: `SELECT ${list} FROM ${name} WHERE ${where}`, values: [id] });
  return rows;
}

/** The values of a statement as text; what bears the id of the resource is written anew for each execution, and so is every UUID. */
class Texts {
  readonly #makers: ((id: string) => string)[] = [];
  readonly #places = new Map<string, string>();

  constructor(private readonly oldId: string) {}

  placeholder(value: string | null | undefined, type: string): string {
    if (value === null || value === undefined) return 'NULL';
    const key = `${type} ${value}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#makers.push(this.#makerOf(value, type));
    const place = `$${String(this.#makers.length)}::${type}`;
    this.#places.set(key, place);
    return place;
  }

  about(id: string): string[] {
    return this.#makers.map((make) => make(id));
  }

  #makerOf(value: string, type: string): (id: string) => string {
    if (type === 'uuid') return () => randomUUID();
    const parts = value.split(this.oldId);
    if (parts.length === 1) return () => value;
    return (id) => parts.join(id);
  }
}
