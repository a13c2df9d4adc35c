import pg from 'pg';
import { replaceContentStatements } from '#fhir-store';
import { schemaOf, type ServiceDefinition } from '#service';
import { namingAny, type Ref } from './mentions.js';
import { writtenNumber } from './nhs-number.js';
import { erasableTables, issuerTreatments } from './person-tables.js';
import { redacted } from './redact.js';
import { inParts, versionsOf } from './rows.js';

export interface ToErase {
  number: string;
  own: readonly Ref[];
  namedIn: readonly Ref[];
}

/** How many rows went, by `<schema>.<table>`. */
export type Counts = Record<string, number>;

const atOnce = 200;

/** Nothing late about these has an effect any more, in any service. */
export async function buryRefs(
  client: pg.Client,
  definitions: readonly ServiceDefinition[],
  refs: readonly Ref[],
): Promise<void> {
  for (const definition of definitions)
    await client.query(
      `INSERT INTO ${schemaIn(definition)}.erased (resource)
       SELECT sha256(convert_to(r, 'UTF8')) FROM unnest($1::text[]) r ON CONFLICT DO NOTHING`,
      [refs],
    );
}

/** Rows of every service that hold any of it: within one transaction of the caller's. */
export async function eraseRows(
  client: pg.Client,
  definitions: readonly ServiceDefinition[],
  erased: ToErase,
): Promise<Counts> {
  await refuseReserved(client, definitions, erased);
  const counts: Counts = {};
  for (const definition of definitions) {
    await enter(client, definition);
    for (const { table, erase } of erasableTables(definition, await tablesThere(client, definition))) {
      let rows = 0;
      for (const text of erase) rows += await eraseFrom(client, text, erased);
      if (rows > 0) counts[`${schemaOf(definition.name)}.${table}`] = rows;
    }
  }
  return {
    ...counts,
    ...(await eraseFromIssuer(client, erased)),
    ...(await redactRows(client, definitions, erased)),
  };
}

async function eraseFromIssuer(client: pg.Client, erased: ToErase): Promise<Counts> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('issuer.client') IS NOT NULL AS there`);
  const counts: Counts = {};
  if (rows[0]?.there !== true) return counts;
  for (const [table, treatment] of Object.entries(issuerTreatments)) {
    const statements = 'erase' in treatment ? treatment.erase : [];
    for (const text of statements) {
      const gone = await eraseFrom(client, text, erased);
      if (gone > 0) counts[`issuer.${table}`] = gone;
    }
  }
  return counts;
}

/** The tables of a service by name, partitions too. */
export async function tablesThere(client: pg.Client, definition: ServiceDefinition): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`,
    [schemaOf(definition.name)],
  );
  return new Set(rows.map(({ name }) => name));
}

async function eraseFrom(client: pg.Client, text: string, { own, number }: ToErase): Promise<number> {
  let erased = 0;
  for (const refs of inParts(own, atOnce)) {
    const ids = refs.map((ref) => ({ type: ref.split('/')[0], id: ref.split('/')[1] }));
    const pattern = `(${namingAny(refs)}|${writtenNumber(number)})`;
    const named = [JSON.stringify(ids), refs, pattern].map((value, at) => ({ value, at: at + 1 }));
    const used = named.filter(({ at }) => text.includes(`$${String(at)}`));
    const numbered = used.reduce(
      (sql, { at }, place) => sql.replaceAll(`$${String(at)}`, `$${String(place + 1)}`),
      text,
    );
    erased +=
      (
        await client.query(
          numbered,
          used.map(({ value }) => value),
        )
      ).rowCount ?? 0;
  }
  return erased;
}

/** What a transaction across services has set aside is nobody's until it is decided. */
async function refuseReserved(
  client: pg.Client,
  definitions: readonly ServiceDefinition[],
  { own, number }: ToErase,
): Promise<void> {
  for (const definition of definitions)
    for (const refs of inParts(own, atOnce)) {
      const pattern = `(${namingAny(refs)}|${writtenNumber(number)})`;
      const { rowCount } = await client.query(
        `SELECT 1 FROM ${schemaIn(definition)}.reservation WHERE state = 'reserved' AND writes ~ $1 LIMIT 1`,
        [pattern],
      );
      if ((rowCount ?? 0) > 0)
        throw new Error(
          `A transaction about this person is being decided in ${definition.name}: run the command again when \`npm run operate -- ${definition.name} transactions\` shows none.`,
        );
    }
}

async function redactRows(
  client: pg.Client,
  definitions: readonly ServiceDefinition[],
  erased: ToErase,
): Promise<Counts> {
  const counts: Counts = {};
  for (const definition of definitions) {
    await enter(client, definition);
    for (const row of await versionsOf(client, [schemaOf(definition.name)], erased.namedIn)) {
      const content = row.content === '' ? '' : redacted(row.content, erased);
      if (content === row.content) continue;
      for (const { text, values = [] } of replaceContentStatements({ ...row, content }))
        await client.query(text, [...values]);
      const place = `${row.schema}.redacted`;
      counts[place] = (counts[place] ?? 0) + 1;
    }
  }
  return counts;
}

async function enter(client: pg.Client, definition: ServiceDefinition): Promise<void> {
  await client.query(`SET search_path TO ${schemaIn(definition)}`);
}

function schemaIn({ name }: ServiceDefinition): string {
  return pg.escapeIdentifier(schemaOf(name));
}
