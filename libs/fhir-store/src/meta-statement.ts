import type { Coding, Meta } from 'fhir/r4';
import { type Audience, FhirError, marksOf } from '#fhir';
import type { Statement } from '#postgres';
import { tablesOf } from './layout.js';
import { narrowedRow } from './narrowed.js';
import { Values } from './values.js';

/** A profile, security label or tag that stands on a resource. */
export interface MetaRow {
  parameter: '_profile' | '_security' | '_tag';
  system: string | null;
  value: string;
}

/** Values that one answer tells; of more, none. */
export const mostMetaValues = 1_000;

/** What the resources of these types that the reader may see bear, each value once. Walks through all of their labels. */
export function metaStatement(types: readonly string[], reader: Audience): Statement {
  const values = new Values();
  const seen = reader.includes('*') ? undefined : values.add(marksOf(reader));
  const parts = types.map((type) => {
    const tables = tablesOf(type);
    const visible = seen
      ? ` AND EXISTS (SELECT 1 FROM ${tables.audience} a WHERE a.id = v.id AND a.organisation = ANY(${seen}::text[]))`
      : '';
    const narrowed = narrowedRow({ type, id: 'v.id' }, reader, values).map((condition) => ` AND ${condition}`);
    return `SELECT v.parameter, v.system, v.value FROM ${tables.value} v
      WHERE v.parameter IN ('_profile', '_security', '_tag')${visible}${narrowed.join('')}`;
  });
  return {
    text: `SELECT DISTINCT parameter, system, value FROM (${parts.join('\nUNION ALL\n')}) found
      ORDER BY parameter, system, value LIMIT ${String(mostMetaValues + 1)}`,
    values: values.all,
  };
}

export function metaOfRows(rows: readonly MetaRow[]): Pick<Meta, 'profile' | 'security' | 'tag'> {
  if (rows.length > mostMetaValues) throw tooMany();
  const of = (parameter: MetaRow['parameter']): MetaRow[] => rows.filter((row) => row.parameter === parameter);
  const [profile, security, tag] = [of('_profile').map(({ value }) => value), of('_security'), of('_tag')];
  return {
    ...(profile.length === 0 ? {} : { profile }),
    ...(security.length === 0 ? {} : { security: security.map(codingOf) }),
    ...(tag.length === 0 ? {} : { tag: tag.map(codingOf) }),
  };
}

/** A list that ended somewhere would be taken for the whole. */
function tooMany(): FhirError {
  return FhirError.of(
    'too-costly',
    `More than ${String(mostMetaValues)} profiles, tags and security labels stand on what was asked for; ask for one type, or for one resource.`,
  );
}

function codingOf({ system, value }: MetaRow): Coding {
  return { ...(system === null || system === '' ? {} : { system }), code: value };
}
