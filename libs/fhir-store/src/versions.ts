import { type Audience, everyone, marksOf, type ResourceId } from '#fhir';
import type { Database, Session, Statement } from '#postgres';
import { type HistoryPage, type HistoryPlace, instanceStatement, typesStatement } from './history-statement.js';
import { narrowedRow } from './narrowed.js';
import { keptName } from './prepared-name.js';
import type { Stored } from './stored.js';
import { storedColumns, storedOf, type StoredRow, visible } from './stored-row.js';
import { Values } from './values.js';

/** Who made a resource: a client, with the organisation that it acts for, or a service of ours. */
export interface Maker {
  agent: string;
  organisation?: string;
}

/** Versions of resources: those that are current, and those that were. */
export class Versions {
  constructor(private readonly database: Database) {}

  async read(
    type: string,
    id: string,
    ...[version, reader]: [version: number, reader: Audience]
  ): Promise<Stored | undefined> {
    const values = new Values();
    const asked = `type = '${type}' AND id = ${values.add(id)} AND version = ${values.add(version)}`;
    const seen = visible(values.add(marksOf(reader)));
    const narrowed = narrowedRow({ type, id: 'v.id' }, reader, values);
    const text = `SELECT ${storedColumns} FROM every_version v WHERE ${[asked, seen, ...narrowed].join(' AND ')}`;
    const name = narrowed.length === 0 ? { name: `vread-${type}` } : keptName(text);
    const [row] = await this.database.as(reader).query<StoredRow>({ ...name, text, values: values.all });
    return row && storedOf(type, row);
  }

  ofInstance(
    instance: { type: string; id: string },
    reader: Audience,
    page: HistoryPage & { before?: number },
  ): Promise<Stored[]> {
    return this.#versions(instanceStatement(instance, reader, page), reader);
  }

  async ofTypes(
    types: readonly string[],
    reader: Audience,
    page: HistoryPage & { before?: HistoryPlace },
  ): Promise<Stored[]> {
    if (types.length === 0 || reader.length === 0) return [];
    return this.#versions(typesStatement(types, reader, page), reader);
  }

  /** Who made the first version, as the audit says it, or said it before its entry was old enough to be dropped. */
  async makerOf(type: string, id: string): Promise<Maker | undefined> {
    const [row] = await this.database.as(everyone).query<{ agent: string; organisation: string | null }>({
      name: `maker-${type}`,
      // A commit and what it writes bear one time, by which the audit is indexed.
      text: `SELECT a.agent, a.organisation FROM every_version v
             JOIN audit_event a ON a.recorded = v.last_updated AND a.wrote
               AND a.entities @> ARRAY['${type}/' || v.id || '/_history/1']
             WHERE v.type = '${type}' AND v.id = $1 AND v.version = 1
             UNION ALL SELECT agent, organisation FROM maker WHERE type = '${type}' AND id = $1`,
      values: [id],
    });
    return row && { agent: row.agent, ...(row.organisation === null ? {} : { organisation: row.organisation }) };
  }

  /** Ids of the Patients that it is about, in whatever version. */
  async personsOf({ type, id }: { type: string; id: string }): Promise<string[]> {
    const rows = await this.database.as(everyone).query<{ patient: string }>({
      name: 'persons-of',
      text: 'SELECT patient FROM person_record WHERE type = $1 AND id = $2 ORDER BY patient',
      values: [type, id],
    });
    return rows.map(({ patient }) => patient);
  }

  /** Of these types, what is about a Patient, in whatever version. */
  async recordsOf(patient: string, types: readonly string[]): Promise<ResourceId[]> {
    return this.database.as(everyone).query<ResourceId>({
      name: 'records-of',
      text: 'SELECT type, id FROM person_record WHERE patient = $1 AND type = ANY($2) ORDER BY type, id',
      values: [patient, types],
    });
  }

  /** Of the superseded versions this organisation sees none any more. */
  async recall(
    { type, id }: { type: string; id: string },
    organisation: string,
    session: Session = this.database.as(everyone),
  ): Promise<void> {
    await session.query({
      name: 'recall',
      text: 'SELECT recall_versions($1, $2, $3)',
      values: [type, id, organisation],
    });
  }

  async #versions(statement: Statement, reader: Audience): Promise<Stored[]> {
    const rows = await this.database.as(reader).query<StoredRow & { type: string }>(statement);
    return rows.map((row) => storedOf(row.type, row));
  }
}
