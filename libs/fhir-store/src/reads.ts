import { type Audience, everyone, marksOf, readerText, type ResourceId } from '#fhir';
import type { Database, Session, Statement } from '#postgres';
import { tablesOf } from './layout.js';
import { narrowedRow } from './narrowed.js';
import { keptName } from './prepared-name.js';
import type { Stored } from './stored.js';
import { storedColumns, storedOf, type StoredRow, visible } from './stored-row.js';
import { Values } from './values.js';

interface Asked {
  id: string;
  resolve: (stored: Stored | undefined) => void;
  reject: (reason: unknown) => void;
}

/**
 * Current versions by their ids. What is asked for within one turn of the event loop, of one type and for one reader, is one
 * statement: under load most of a read's cost is the message to the database, not the row.
 */
export class Reads {
  readonly #waiting = new Map<string, Asked[]>();

  constructor(private readonly database: Database) {}

  /** Within a transaction, which may have written what is read. */
  async readIn(session: Session, { type, id }: ResourceId, reader: Audience): Promise<Stored | undefined> {
    const [row] = await session.query<StoredRow>(oneStatement(type, id, reader));
    return row && storedOf(type, row);
  }

  /** Those that are there and not deleted, by their ids. */
  async live(
    type: string,
    wanted: readonly ResourceId[],
    { reader, session }: { reader: Audience; session: Session | undefined },
  ): Promise<Stored[]> {
    const ids = [...new Set(wanted.map(({ id }) => id))].sort();
    const found = session
      ? (await session.query<StoredRow>(manyStatement(type, ids, reader))).map((row) => storedOf(type, row))
      : await Promise.all(ids.map((id) => this.read(type, id, reader)));
    return found.filter((stored) => stored?.deleted === false) as Stored[];
  }

  read(type: string, id: string, reader: Audience): Promise<Stored | undefined> {
    return new Promise((resolve, reject) => {
      const key = `${type} ${readerText(reader)}`;
      const asked = { id, resolve, reject };
      const others = this.#waiting.get(key);
      if (others) {
        others.push(asked);
        return;
      }
      const all = [asked];
      this.#waiting.set(key, all);
      setImmediate(() => {
        this.#waiting.delete(key);
        this.#answer(all, type, reader).catch((error: unknown) => {
          for (const each of all) each.reject(error);
        });
      });
    });
  }

  /** Made of what is searched by and the transactions that wrote it: another one as soon as one was written, deleted or erased. */
  async stateOf(type: string): Promise<string> {
    const [row] = await this.database.as(everyone).query<{ state: string }>({
      name: `state-${type}`,
      text: `SELECT coalesce(sum(hashtextextended(id, xmin::text::bigint)), 0)::text AS state FROM ${tablesOf(type).search}`,
    });
    return row?.state ?? '';
  }

  async #answer(all: readonly Asked[], type: string, reader: Audience): Promise<void> {
    const [only, ...others] = all;
    const session = this.database.as(reader);
    if (only && others.length === 0) {
      only.resolve(await this.readIn(session, { type, id: only.id }, reader));
      return;
    }
    const ids = [...new Set(all.map(({ id }) => id))];
    const rows = await session.query<StoredRow>(manyStatement(type, ids, reader));
    const found = new Map(rows.map((row) => [row.id, storedOf(type, row)]));
    for (const { id, resolve } of all) resolve(found.get(id));
  }
}

function oneStatement(type: string, id: string, reader: Audience): Statement {
  const text = `SELECT ${storedColumns} FROM ${tablesOf(type).resource} r WHERE type = '${type}' AND id = $1 AND version > 0 AND ${visible('$2')}`;
  return within({ name: `read-${type}`, text, values: [id, marksOf(reader)] }, type, reader);
}

/** The list comes as JSON: from an array's length PostgreSQL would make a new plan each time. */
function manyStatement(type: string, ids: readonly string[], reader: Audience): Statement {
  const text = `SELECT ${storedColumns} FROM ${tablesOf(type).resource} r
           WHERE type = '${type}' AND id = ANY(ARRAY(SELECT jsonb_array_elements_text($1::jsonb))) AND version > 0 AND ${visible('$2')}`;
  return within({ name: `read-these-${type}`, text, values: [JSON.stringify(ids), marksOf(reader)] }, type, reader);
}

/** What a narrowed reader sees of them: the search table knows nothing of what was deleted. */
function within(statement: Statement & { name: string }, type: string, reader: Audience): Statement {
  const values = new Values();
  for (const value of statement.values ?? []) values.add(value);
  const narrowed = narrowedRow({ type, id: 'r.id' }, reader, values);
  if (narrowed.length === 0) return statement;
  const text = [statement.text, ...narrowed].join(' AND ');
  return { ...keptName(text), text, values: values.all };
}
