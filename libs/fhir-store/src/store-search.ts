import { type Audience, FhirError, readerText, type ResourceId } from '#fhir';
import type { Include, SearchQuery } from '#fhir-search';
import { type Database, sqlState, type Statement } from '#postgres';
import { Cursors, type Place } from './cursor.js';
import type { IndexReadiness } from './index-readiness.js';
import { includedAtMost, includeStatement } from './include-parts.js';
import { countStatement, fillsPage, type IdsQuery, idsStatement, pageStatement } from './search-statement.js';
import type { Stored } from './stored.js';

export interface SearchPage extends IncludedPage {
  matches: Stored[];
  total?: number;
  /** Cursor of the next page, where there is one. */
  next?: string;
  /** Metres from the place sought, by id. */
  distances?: ReadonlyMap<string, number>;
}

export interface IncludedPage {
  included: Stored[];
  /** Included references to types that this store does not hold. */
  elsewhere: ResourceId[];
}

export interface StoreSearchOptions {
  holds: (type: string) => boolean;
  readiness: IndexReadiness;
  /** Shared by all replicas of a service, so that each can open the others' page links. */
  cursorSecret: string;
}

/** The searches of a store. Each names its reader, and finds nothing by what the reader may not see. */
export class StoreSearch {
  readonly #cursors: Cursors;

  constructor(
    private readonly database: Database,
    private readonly options: StoreSearchOptions,
  ) {
    this.#cursors = new Cursors(options.cursorSecret);
  }

  /** One page; what comes along with it, as far as it is held here, in the same round trip. */
  async page(query: SearchQuery, reader: Audience): Promise<SearchPage> {
    this.options.readiness.require(query);
    const boundTo = `${query.type}?${unpaged(query)}|${readerText(reader)}`;
    const after = query.cursor === undefined ? undefined : this.#cursors.open(query.cursor, boundTo);
    const searching = { reader, holds: this.options.holds };
    const counted =
      query.total === 'accurate' || query.count === 0
        ? await this.#count(countStatement(query, searching), reader)
        : {};
    if (query.count === 0) return { matches: [], included: [], elsewhere: [], ...counted };
    const rows = await this.#rows<FoundRow>(pageStatement(query, searching, after), reader);
    const isIncluded = (row: FoundRow): boolean => row.place === null;
    const found = rows.filter((row) => !isIncluded(row));
    const shown = found.slice(0, query.count);
    const matches = shown.map(storedOf);
    const isCut = fillsPage(
      query,
      matches.map(({ content }) => content),
    );
    const last = found.length > query.count || isCut ? shown.at(-1) : undefined;
    return {
      matches,
      ...includedIn(rows.filter(isIncluded)),
      ...counted,
      ...(last ? { next: this.#cursors.seal(placeOf(last), boundTo) } : {}),
      ...distancesIn(shown),
    };
  }

  /** The ids of what meets these criteria; refused where there are more than a chain may go through. */
  async ids(query: IdsQuery, { reader, atMost }: { reader: Audience; atMost: number }): Promise<string[]> {
    this.options.readiness.require(query);
    const statement = idsStatement(query, { reader, holds: this.options.holds, atMost });
    const rows = await this.#rows<{ id: string }>(statement, reader);
    if (rows.length > atMost) throw tooMany(query.type, atMost);
    return rows.map(({ id }) => id);
  }

  /** What these includes bring to resources that may be of another service. */
  async include(includes: readonly Include[], references: readonly string[], reader: Audience): Promise<IncludedPage> {
    const statement = includeStatement(includes, { references, reader, holds: this.options.holds });
    return includedIn(await this.#rows<FoundRow>(statement, reader));
  }

  async #count(statement: Statement, reader: Audience): Promise<{ total: number }> {
    const [row] = await this.#rows<{ total: number }>(statement, reader);
    return { total: row?.total ?? 0 };
  }

  async #rows<Found>(statement: Statement, reader: Audience): Promise<Found[]> {
    try {
      return await this.database.as(reader).query<Found>(statement);
    } catch (error) {
      if (sqlState(error) !== '57014') throw error;
      throw FhirError.of('timeout', 'This search takes too long; narrow it, or try again later.', { cause: error });
    }
  }
}

function tooMany(type: string, atMost: number): FhirError {
  return FhirError.of(
    'too-costly',
    `This search goes through more than ${String(atMost)} resources of type ${type}, which another service holds; narrow what is asked of them.`,
    { status: 400 },
  );
}

interface FoundRow {
  type: string;
  id: string;
  version: number;
  last_updated: Date;
  audience: string[];
  deleted: boolean;
  /** Null for what is included and too long together. */
  content: string | null;
  distance?: number | null;
  /** Among the matches, where something is included; null for what is included. */
  place?: number | null;
  elsewhere?: boolean;
  [key: `k${number}`]: string | null;
}

function storedOf({ type, id, version, last_updated: lastUpdated, audience, deleted, content }: FoundRow): Stored {
  if (content === null)
    throw FhirError.of(
      'too-costly',
      'What this page would include is too long; include less, or ask for fewer matches.',
    );
  return { type, id, version, lastUpdated, audience, deleted, content };
}

function includedIn(rows: readonly FoundRow[]): IncludedPage {
  if (rows.length > includedAtMost) {
    throw FhirError.of(
      'too-costly',
      `This page would include more than ${String(includedAtMost)} resources; ask for fewer.`,
    );
  }
  return {
    included: rows.filter(({ elsewhere }) => elsewhere !== true).map(storedOf),
    elsewhere: rows.filter(({ elsewhere }) => elsewhere === true).map(({ type, id }) => ({ type, id })),
  };
}

function placeOf(row: FoundRow): Place {
  const keys = Object.keys(row).filter((key): key is `k${number}` => /^k\d+$/.test(key));
  return { id: row.id, values: keys.sort().map((key) => row[key] ?? null) };
}

function distancesIn(shown: readonly FoundRow[]): Pick<SearchPage, 'distances'> {
  const told = shown.flatMap(({ id, distance }) => (typeof distance === 'number' ? [[id, distance] as const] : []));
  return told.length === 0 ? {} : { distances: new Map(told) };
}

function unpaged({ applied }: SearchQuery): string {
  const plain = new URLSearchParams(applied);
  plain.delete('_cursor');
  return plain.toString();
}
