import type { Consent, Meta } from 'fhir/r4';
import { type Audience, everyone, narrowingMarks, type ResourceId } from '#fhir';
import { type Include, narrowingsOf, type SearchQuery } from '#fhir-search';
import type { Database, Session } from '#postgres';
import { AuditChain } from './audit/audit-chain.js';
import { AuditNotes } from './audit/audit-notes.js';
import { AuditSearch } from './audit/audit-search.js';
import { commitWrites } from './commit.js';
import { copyStatement, turnStatement } from './copy-statement.js';
import { Decisions } from './decisions.js';
import { GroupCommits, soleWriteOf } from './group-commits.js';
import type { HistoryPage, HistoryPlace } from './history-statement.js';
import { Jobs } from './jobs.js';
import { decideKey, type KeyDecision } from './key-decision.js';
import { metaOfRows, type MetaRow, metaStatement } from './meta-statement.js';
import { Reads } from './reads.js';
import { RequestKeys } from './request-keys.js';
import { IndexReadiness } from './index-readiness.js';
import { Reservations } from './reservations.js';
import { SearchIndexing } from './search-indexing.js';
import type { IdsQuery } from './search-statement.js';
import { type IncludedPage, type SearchPage, StoreSearch } from './store-search.js';
import type { Act, Stored, Write } from './stored.js';
import { storedKey } from './used-key.js';
import { type Maker, Versions } from './versions.js';
import { committedWithConsents, isConsent } from './consent-commits.js';
import { type Withholding, Withholdings } from './withholdings.js';

export interface FhirStoreOptions {
  /** Types held: owned ones and followed copies. */
  types: readonly string[];
  /** Those of them that are copies. */
  follows?: readonly string[];
  /** Shared by all replicas of a service, so that each can open the others' page links. */
  cursorSecret: string;
  now: () => Date;
  /** Milliseconds after which every replica has learnt of a parameter that was loaded. */
  graceMs?: number;
  /** What a Consent withholds, where Consents are this service's own: it does so from its commit on. */
  withheldBy?: (consent: Consent) => readonly Withholding[];
  /** After a commit outside a caller's transaction: wakes the relay. */
  onCommitted?: () => void;
}

/** The resource that holds a key. */
export type KeyHolder = ResourceId & Pick<Stored, 'version' | 'deleted'>;

/** Who reads, and within which transaction if any. */
type Reading = [reader: Audience, session?: Session];

/** The resources of one service. Reading always names the reader's audience. */
export class FhirStore {
  /** Of transactions across services: what this one has set aside for them, and what it decided about them. */
  readonly reservations: Reservations;
  readonly decisions: Decisions;
  /** Indexes anew what is stored, while it is used. */
  readonly indexing: SearchIndexing;
  readonly jobs: Jobs;
  /** What was answered, for the case that it is asked again. */
  readonly requests: RequestKeys;
  /** Entries of what wrote nothing, what seals all entries, and what finds them. */
  readonly audit: { notes: AuditNotes; chain: AuditChain; entries: AuditSearch };
  /** What Consents keep from whom. */
  readonly withholdings: Withholdings;
  readonly #types: ReadonlySet<string>;
  readonly #own: readonly string[];
  readonly #search: StoreSearch;
  readonly #reads: Reads;
  readonly #versions: Versions;
  readonly #groups: GroupCommits;
  readonly #readiness = new IndexReadiness();

  constructor(
    private readonly database: Database,
    private readonly options: FhirStoreOptions,
  ) {
    this.#types = new Set(options.types);
    this.#own = options.types.filter((type) => options.follows?.includes(type) !== true);
    this.#reads = new Reads(database);
    this.#versions = new Versions(database);
    this.#groups = new GroupCommits(database, options.now);
    this.jobs = new Jobs(database);
    this.requests = new RequestKeys(database);
    this.audit = {
      notes: new AuditNotes(database, options.now),
      chain: new AuditChain(database),
      entries: new AuditSearch(database),
    };
    this.withholdings = new Withholdings(database);
    const readiness = this.#readiness;
    this.indexing = new SearchIndexing(database, { ...options, readiness });
    this.#search = new StoreSearch(database, { ...options, holds: (type) => this.holds(type), readiness });
    const { now, onCommitted = () => undefined } = options;
    const commit = this.commit.bind(this);
    this.reservations = new Reservations({ database, commit, now, onCommitted });
    this.decisions = new Decisions(database, { now, onCommitted });
  }

  holds(type: string): boolean {
    return this.#types.has(type);
  }

  /** The current version, also a deleted one; undefined where there is none that the reader may see. */
  async read(type: string, id: string, ...[reader, session]: Reading): Promise<Stored | undefined> {
    this.#mayRead(type, reader);
    return session ? this.#reads.readIn(session, { type, id }, reader) : this.#reads.read(type, id, reader);
  }

  /** Ids of the Patients that a resource is about, in whatever version. */
  personsOf(instance: ResourceId): Promise<string[]> {
    return this.#versions.personsOf(instance);
  }

  /** Of these types, what is about a Patient, in whatever version: also what does not name the Patient itself. */
  recordsOf(patient: string, types: readonly string[]): Promise<ResourceId[]> {
    return this.#versions.recordsOf(patient, types);
  }

  /** Takes back what an organisation that sees it no more could still read of its superseded versions. */
  recall(instance: ResourceId, organisation: string, session?: Session): Promise<void> {
    return this.#versions.recall(instance, organisation, session);
  }

  async readVersion(
    type: string,
    id: string,
    ...[version, reader]: [version: number, reader: Audience]
  ): Promise<Stored | undefined> {
    this.#mayRead(type, reader);
    return this.#versions.read(type, id, version, reader);
  }

  /** Versions of one resource, newest first; `before` goes on from a version. */
  async history(
    type: string,
    id: string,
    ...[reader, page]: [reader: Audience, page: HistoryPage & { before?: number }]
  ): Promise<Stored[]> {
    this.#mayRead(type, reader);
    return this.#versions.ofInstance({ type, id }, reader, page);
  }

  /** Versions of all resources of a type, or of all types that are no copies (of `types` alone, if told), newest first; `before` goes on from a place. */
  async historyOf(
    { type, types }: { type?: string; types?: readonly string[] },
    reader: Audience,
    page: HistoryPage & { before?: HistoryPlace },
  ): Promise<Stored[]> {
    if (type !== undefined) this.#mustHold(type);
    this.#requireNarrowings(reader);
    const wanted = types === undefined ? this.#own : this.#own.filter((own) => types.includes(own));
    return this.#versions.ofTypes(type === undefined ? wanted : [type], reader, page);
  }

  /** Those of the named resources that exist, are not deleted and may be seen; types held elsewhere are left out. */
  async readMany(ids: readonly ResourceId[], reader: Audience, session?: Session): Promise<Stored[]> {
    this.#requireNarrowings(reader);
    const held = [...group(ids)].filter(([type]) => this.holds(type));
    const found: Stored[] = [];
    // One after another: a transaction has one connection, which takes one statement at a time.
    for (const [type, some] of held) found.push(...(await this.#reads.live(type, some, { reader, session })));
    return found;
  }

  /** The organisation that made the first version, as the audit says it; undefined where its maker had none. */
  async authorOf(type: string, id: string): Promise<string | undefined> {
    return (await this.makerOf(type, id))?.organisation;
  }

  /** Who made the first version, as the audit says it; undefined where there is none. */
  async makerOf(type: string, id: string): Promise<Maker | undefined> {
    this.#mustHold(type);
    return this.#versions.makerOf(type, id);
  }

  async search(query: SearchQuery, reader: Audience): Promise<SearchPage> {
    this.#mayRead(query.type, reader);
    return this.#search.page(query, reader);
  }

  /** The ids of what meets these criteria, all of them; refused where they are more than `atMost`. */
  async idsOf(query: IdsQuery, bounds: { reader: Audience; atMost: number }): Promise<string[]> {
    this.#mayRead(query.type, bounds.reader);
    return this.#search.ids(query, bounds);
  }

  /** What these includes bring to resources that are known by their references, whoever holds them. */
  async include(includes: readonly Include[], references: readonly string[], reader: Audience): Promise<IncludedPage> {
    this.#requireNarrowings(reader);
    return this.#search.include(includes, references, reader);
  }

  /** Writes all or nothing in one statement, maybe together with others' writes; inside `session` where the caller has a transaction open (for everyone). */
  async commit(writes: readonly Write[], act: Act, session?: Session): Promise<Stored[]> {
    for (const write of writes)
      this.#mustHold(write.interaction === 'delete' ? write.type : write.resource.resourceType);
    if (session) return commitWrites(session, writes, { act, now: this.options.now() });
    const stored = await this.#committed(writes, act);
    this.options.onCommitted?.();
    return stored;
  }

  async #committed(writes: readonly Write[], act: Act): Promise<Stored[]> {
    const { withheldBy, now } = this.options;
    const parts = { act, now: now() };
    if (withheldBy && writes.some(isConsent)) {
      return this.database.transaction(everyone, (tx) =>
        committedWithConsents(writes, parts, { tx, withholdings: this.withholdings, withheldBy }),
      );
    }
    const sole = soleWriteOf(writes, act);
    return sole ? [await this.#groups.commit(sole, act)] : commitWrites(this.database.as(everyone), writes, parts);
  }

  /** True when a request with this key was committed before. */
  async wasUsed(key: string): Promise<boolean> {
    const rows = await this.database.as(everyone).query({
      name: 'was-used',
      text: 'SELECT 1 FROM used_key WHERE key = $1',
      values: [storedKey(key)],
    });
    return rows.length > 0;
  }

  /** What became of a key that may be used once; where nobody has used it, nobody will. */
  async decideKey(key: string): Promise<KeyDecision> {
    return decideKey(storedKey(key), { session: this.database.as(everyone), now: this.options.now() });
  }

  /**
   * The resource that holds a key, and its version; undefined where none does, or one that is still to be made. One that was
   * deleted holds a key where a transaction gave it back too late. Whether a caller may see it is for the one who asks.
   */
  async holderOf(key: string): Promise<KeyHolder | undefined> {
    const [row] = await this.database.as(everyone).query<KeyHolder>({
      name: 'holder-of',
      text: `SELECT r.type, r.id, r.version, r.deleted FROM used_key k
             JOIN resource r ON r.type = k.resource_type AND r.id = k.resource_id
               AND r.version > 0 AND NOT (r.deleted AND r.reserved_by IS NOT NULL) WHERE k.key = $1`,
      values: [storedKey(key)],
    });
    return row;
  }

  /** Keeps a copy of another service's resource; an older version than the one kept changes nothing. No history, no event. */
  async follow(stored: Stored, session: Session): Promise<void> {
    this.#mustHold(stored.type);
    await session.query(turnStatement(stored));
    await session.query(copyStatement(stored));
  }

  /** A text that is the same only while the same versions of this type live: what was made of all of them holds until then. */
  async stateOf(type: string): Promise<string> {
    this.#mustHold(type);
    return this.#reads.stateOf(type);
  }

  /** Profiles, security labels and tags of all that the reader may see of these types. */
  async metaOf(types: readonly string[], reader: Audience): Promise<Pick<Meta, 'profile' | 'security' | 'tag'>> {
    for (const type of types) this.#mayRead(type, reader);
    if (types.length === 0) return {};
    return metaOfRows(await this.database.as(reader).query<MetaRow>(metaStatement(types, reader)));
  }

  #mayRead(type: string, reader: Audience): void {
    this.#mustHold(type);
    this.#requireNarrowings(reader);
  }

  /** A narrowing by what is not indexed yet would leave too little, or (`:not`) too much. */
  #requireNarrowings(reader: Audience): void {
    for (const { type } of narrowingMarks(reader))
      this.#readiness.require({ type, criteria: narrowingsOf(reader, type).flat() });
  }

  #mustHold(type: string): void {
    if (!this.holds(type)) throw new Error(`This store does not hold ${type}.`);
  }
}

function group(ids: readonly ResourceId[]): Map<string, ResourceId[]> {
  const groups = new Map<string, ResourceId[]>();
  for (const id of ids) groups.set(id.type, [...(groups.get(id.type) ?? []), id]);
  return groups;
}
