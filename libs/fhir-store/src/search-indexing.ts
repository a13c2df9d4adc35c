import type { FhirResource, SearchParameter as Definition } from 'fhir/r4';
import { everyone, FhirError, parseJson } from '#fhir';
import {
  addSearchParameter,
  indexEntriesOf,
  loadedSearchParameters,
  readySearchParameter,
  removeSearchParameter,
} from '#fhir-search';
import { type Database, type Session, sqlState } from '#postgres';
import type { IndexReadiness } from './index-readiness.js';
import { tablesOf } from './layout.js';
import { reindexStatement } from './reindex-statement.js';
import { wantedIndex } from './search-index.js';
import { searchRowOf } from './search-row.js';

/** How far the indexing of a type has come. */
export interface IndexProgress {
  type: string;
  state: 'ready' | 'indexing';
  done: number;
  total: number;
}

/** A parameter that was loaded while the service runs. */
export interface LoadedState {
  url: string;
  state: 'indexing' | 'ready';
  loadedAt: Date;
}

export interface SearchIndexingOptions {
  /** Types held: owned ones and followed copies. */
  types: readonly string[];
  now: () => Date;
  readiness: IndexReadiness;
  /** Milliseconds after which every replica has learnt of a change, and indexes what it writes by it. */
  graceMs?: number;
}

const batch = 100;
const usualGrace = 15_000;

/**
 * Indexes what is stored again: by parameters that were loaded while the service runs, and by those that a new release has.
 * What it does stands in the database, so that it goes on after a stop, in whichever replica.
 */
export class SearchIndexing {
  constructor(
    private readonly database: Database,
    private readonly options: SearchIndexingOptions,
  ) {}

  /** Brings this process to what all replicas have been told. Cheap: asked every few seconds. */
  async learn(): Promise<void> {
    const session = this.database.as(everyone);
    const parameters = await session.query<ParameterRow>({
      name: 'search-parameters',
      text: 'SELECT url, definition, loaded_at, ready_at FROM search_parameter ORDER BY loaded_at, url',
    });
    const indexes = await session.query<{ type: string; wanted: Kept; built: Kept }>({
      name: 'search-indexes',
      text: 'SELECT type, wanted, built FROM search_index WHERE position IS NOT NULL',
    });
    const known = new Set(loadedSearchParameters().map(({ definition }) => definition.url));
    for (const { url, definition } of parameters) {
      if (!known.has(url)) addSearchParameter(parseJson(definition) as Definition);
    }
    const { readiness } = this.options;
    const told = new Map(parameters.map(({ url, ready_at: readyAt }) => [url, readyAt !== null]));
    for (const url of readiness.loadedHere()) if (!told.has(url)) removeSearchParameter(url);
    for (const [url, isReady] of told) if (isReady) readySearchParameter(url);
    readiness.learn({
      loaded: told,
      behind: indexes.map(({ type, wanted, built }) => ({ type, codes: changedIn(wanted, built) })),
    });
  }

  /** Takes a parameter into use: from now on for what is written, and for searches once all that is stored is indexed. */
  async load(definition: Definition): Promise<LoadedState> {
    const { types, now } = this.options;
    const foreign = definition.base.filter((type) => !types.includes(type));
    if (foreign.length > 0)
      throw FhirError.of('not-supported', `base names ${foreign.join(', ')}, which this service does not hold.`);
    addSearchParameter(definition);
    const loadedAt = now();
    await this.database.transaction(everyone, async (tx) => {
      await tx.query({
        text: 'INSERT INTO search_parameter (url, definition, loaded_at) VALUES ($1, $2, $3)',
        values: [definition.url, JSON.stringify(definition), loadedAt],
      });
      await restart(tx, definition.base, loadedAt);
    });
    await this.learn();
    return { url: definition.url, state: 'indexing', loadedAt };
  }

  async remove(url: string): Promise<boolean> {
    const rows = await this.database.as(everyone).query({
      text: 'DELETE FROM search_parameter WHERE url = $1 RETURNING url',
      values: [url],
    });
    await this.learn();
    return rows.length > 0;
  }

  async list(): Promise<LoadedState[]> {
    const rows = await this.database.as(everyone).query<ParameterRow>({
      text: 'SELECT url, definition, loaded_at, ready_at FROM search_parameter ORDER BY loaded_at, url',
    });
    return rows.map(({ url, loaded_at: loadedAt, ready_at: readyAt }) => ({
      url,
      state: readyAt === null ? 'indexing' : 'ready',
      loadedAt,
    }));
  }

  /** Indexes all of these types again. */
  async restart(types: readonly string[] = this.options.types): Promise<void> {
    await this.database.transaction(everyone, (tx) => restart(tx, types, this.options.now()));
  }

  async progress(): Promise<IndexProgress[]> {
    const rows = await this.database
      .as(everyone)
      .query<{ type: string; pending: boolean; done: string; total: string }>({
        text: 'SELECT type, position IS NOT NULL AS pending, done, total FROM search_index ORDER BY type',
      });
    return rows.map(({ type, pending, done, total }) => ({
      type,
      state: pending ? 'indexing' : 'ready',
      done: Number(done),
      total: Number(total),
    }));
  }

  /** Does a little of what is to be done; false where nothing is, or nothing yet. */
  async step(): Promise<boolean> {
    try {
      const did = await this.database.transaction(everyone, (tx) => this.#batch(tx));
      if (did === 'finished') await this.#announce();
      return did !== 'nothing';
    } catch (error) {
      // Somebody writes just now: after them.
      if (sqlState(error) === '55P03') return true;
      throw error;
    }
  }

  async #batch(tx: Session): Promise<'nothing' | 'some' | 'finished'> {
    const { graceMs = usualGrace, now } = this.options;
    const [work] = await tx.query<Work>({
      text: `SELECT type, wanted, position FROM search_index WHERE position IS NOT NULL AND since <= $1 AND type = ANY($2::text[])
        ORDER BY type LIMIT 1 FOR UPDATE SKIP LOCKED`,
      values: [new Date(now().getTime() - graceMs), this.options.types],
    });
    // Another release asked for it: it alone knows how.
    if (!work || changedIn(work.wanted, wantedIndex(work.type)).length > 0) return 'nothing';
    const { type, position } = work;
    if (position === '') await count(tx, type);
    const rows = await tx.query<Row>({
      text: `SELECT id, version, content FROM ${tablesOf(type).resource}
        WHERE type = $1 AND id > $2 AND NOT deleted AND version > 0 ORDER BY id LIMIT ${String(batch)}`,
      values: [type, position],
    });
    const last = rows.at(-1);
    if (!last) {
      await tx.query({
        text: 'UPDATE search_index SET built = wanted, position = NULL WHERE type = $1',
        values: [type],
      });
      return 'finished';
    }
    const made = rows.map(({ id, version, content }) => ({
      id,
      version,
      ...searchRowOf(indexEntriesOf(parseJson(content) as FhirResource)),
    }));
    await tx.query({ text: "SET LOCAL lock_timeout = '200ms'" });
    // Writers of this type wait for a moment: one that had begun would not see, and so leave, what is indexed here.
    await tx.query({ text: `LOCK TABLE ${tablesOf(type).search} IN SHARE ROW EXCLUSIVE MODE` });
    await tx.query(reindexStatement(type, made));
    await tx.query({
      text: 'UPDATE search_index SET position = $2, done = done + $3 WHERE type = $1',
      values: [type, last.id, rows.length],
    });
    return 'some';
  }

  /** Parameters are ready whose types are all indexed. */
  async #announce(): Promise<void> {
    await this.database.as(everyone).query({
      text: `UPDATE search_parameter p SET ready_at = $1 WHERE ready_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM search_index i WHERE i.position IS NOT NULL
          AND i.type IN (SELECT jsonb_array_elements_text(p.definition::jsonb -> 'base')))`,
      values: [this.options.now()],
    });
    await this.learn();
  }
}

type Kept = Readonly<Record<string, string>>;

interface ParameterRow {
  url: string;
  definition: string;
  loaded_at: Date;
  ready_at: Date | null;
}

interface Work {
  type: string;
  wanted: Kept;
  position: string;
}

interface Row {
  id: string;
  version: number;
  content: string;
}

function changedIn(wanted: Kept, other: Kept): string[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(other)])].filter((code) => wanted[code] !== other[code]);
}

async function restart(tx: Session, types: readonly string[], since: Date): Promise<void> {
  await tx.query({
    text: `UPDATE search_index SET position = '', done = 0, since = $2 WHERE type = ANY($1::text[])`,
    values: [types, since],
  });
}

async function count(tx: Session, type: string): Promise<void> {
  await tx.query({
    text: `UPDATE search_index SET total = (SELECT count(*) FROM ${tablesOf(type).search}), done = 0 WHERE type = $1`,
    values: [type],
  });
}
