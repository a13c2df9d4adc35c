import { randomUUID } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { ownerOf, type ServiceName } from '#fhir';
import { auditEventOf } from '#fhir-server';
import { auditColumns, type AuditRowRead, type ReadRow, rowRead } from '#fhir-store';
import { schemaOf, type ServiceDefinition } from '#service';
import { auditExport } from './audited.js';
import { findPerson, type Person } from './find-person.js';
import { namingAny, type Ref } from './mentions.js';
import { writtenNumber } from './nhs-number.js';
import { inParts, type Row, schemasOf, versionsOf, withAdmin } from './rows.js';

export interface ExportPerson {
  adminUrl: string;
  definitions: readonly ServiceDefinition[];
  number: string;
  folder: string;
}

/** What the files hold, in counts; what stands in `namedIn` is others' too and is for somebody to look at. */
export interface Manifest {
  made: string;
  /** Resources by type: the current version, earlier ones, and deletions, which have no content. */
  resources: Record<string, { current: number; past: number; deletions: number }>;
  /** Copies in services that follow a type, by schema: the same content again, not in the file. */
  copies: Record<string, number>;
  /** Entries of the audit that name one of the records, by schema. */
  audit: Record<string, number>;
  /** Other rows that hold something of the person, by `<schema>.<table>`; not in the file. */
  elsewhere: Record<string, number>;
  /** Resources of others that name the person; not in the file. */
  namedIn: readonly Ref[];
}

export interface Exported {
  file: string;
  manifestFile: string;
  manifest: Manifest;
}

/**
 * All that is held of a person, as FHIR in NDJSON: every version of every resource, then the audit. Two files that only their
 * owner may read; their names say nothing of the person. Undefined where nothing is held.
 */
export async function exportPerson(asked: ExportPerson): Promise<Exported | undefined> {
  const { adminUrl, definitions, number, folder } = asked;
  if (!isFolder(folder)) throw new Error(`There is no folder ${folder}: make it first.`);
  const id = randomUUID();
  const found = await withAdmin(adminUrl, (client) => gathered(client, definitions, number));
  if (!found) return undefined;
  // Before the files are there: an export that nobody knows of is none.
  await auditExport(adminUrl, { id, patients: found.patients });
  const file = join(folder, `person-${id}.ndjson`);
  const manifestFile = join(folder, `person-${id}.manifest.json`);
  writeForOwner(file, found.lines.map((line) => `${line}\n`).join(''));
  writeForOwner(manifestFile, `${JSON.stringify(found.manifest, undefined, 2)}\n`);
  return { file, manifestFile, manifest: found.manifest };
}

async function gathered(
  client: pg.Client,
  definitions: readonly ServiceDefinition[],
  number: string,
): Promise<{ lines: string[]; manifest: Manifest; patients: readonly Ref[] } | undefined> {
  const schemas = schemasOf(definitions);
  const person = await findPerson(client, schemas, { number });
  if (person.own.length + person.namedIn.length === 0) return undefined;
  const rows = await versionsOf(client, schemas, person.own);
  const owned = rows.filter((row) => !isCopy(row, definitions));
  const audit = await auditOf(client, definitions, person.own);
  const lines = [
    ...owned.filter(({ content }) => content !== '').map(({ content }) => content),
    ...audit.map(({ row, service }) => JSON.stringify(auditEventOf(row, service))),
  ];
  const manifest: Manifest = {
    made: new Date().toISOString(),
    resources: countedByType(owned),
    copies: counted(
      rows.filter((row) => isCopy(row, definitions)),
      ({ schema }) => schema,
    ),
    audit: counted(audit, ({ service }) => schemaOf(service)),
    elsewhere: await elsewhere(client, schemas, { person, number }),
    namedIn: person.namedIn,
  };
  return { lines, manifest, patients: person.patients };
}

function isCopy({ schema, type }: Row, definitions: readonly ServiceDefinition[]): boolean {
  const owner = ownerOf(type);
  const followers = definitions.filter(({ name, follows }) => schemaOf(name) === schema && follows.includes(type));
  return followers.length > 0 && owner !== undefined && schemaOf(owner) !== schema;
}

function countedByType(rows: readonly Row[]): Manifest['resources'] {
  const counts: Manifest['resources'] = {};
  for (const { type, content, current } of rows) {
    const count = (counts[type] ??= { current: 0, past: 0, deletions: 0 });
    if (content === '') count.deletions++;
    else if (current) count.current++;
    else count.past++;
  }
  return counts;
}

function counted<T>(items: readonly T[], by: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[by(item)] = (counts[by(item)] ?? 0) + 1;
  return counts;
}

interface Entry {
  service: ServiceName;
  row: AuditRowRead;
}

/** References of the audit bear versions. */
async function auditOf(
  client: pg.Client,
  definitions: readonly ServiceDefinition[],
  own: readonly Ref[],
): Promise<Entry[]> {
  const found = new Map<string, Entry>();
  for (const refs of inParts(own, 200))
    for (const { name: service } of definitions) {
      const { rows } = await client.query<ReadRow>(
        `SELECT ${auditColumns} FROM ${schemaOf(service)}.audit_event a WHERE a::text ~ $1 ORDER BY recorded, id`,
        [namingAny(refs)],
      );
      for (const row of rows) found.set(`${service} ${row.id}`, { service, row: rowRead(row) });
    }
  return [...found.values()];
}

async function elsewhere(
  client: pg.Client,
  schemas: readonly string[],
  { person, number }: { person: Person; number: string },
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ['job', 'dead_letter', 'delivery'])
    for (const schema of schemas) {
      const there = await client.query<{ there: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS there`, [
        `${schema}.${table}`,
      ]);
      if (there.rows[0]?.there !== true) continue;
      const rows = await countNaming(client, `${schema}.${table}`, patternsOf(person.own, number));
      if (rows > 0) counts[`${schema}.${table}`] = rows;
    }
  return counts;
}

async function countNaming(client: pg.Client, table: string, patterns: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table} t WHERE t::text ~ ANY($1::text[])`,
    [patterns],
  );
  return rows[0]?.count ?? 0;
}

function patternsOf(own: readonly Ref[], number: string): string[] {
  return [writtenNumber(number), ...inParts(own, 200).map(namingAny)];
}

/** New, and nobody else's from the first byte on; whole, or it throws. */
function writeForOwner(file: string, text: string): void {
  writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
