import type { FhirResource } from 'fhir/r4';
import { parseJson } from '#fhir';
import { indexEntriesOf } from '#fhir-search';
import type { Statement } from '#postgres';
import { reindexStatement } from './reindex-statement.js';
import { searchRowOf } from './search-row.js';
import type { Stored } from './stored.js';

/** Which version, and what it says from now on. */
export type ReplacedContent = Pick<Stored, 'type' | 'id' | 'version' | 'content'> & { current: boolean };

/**
 * Puts other content in the place of what a version said, and indexes it anew where it is the current one: no new version, for the
 * old one would stay in the history. For an erasure alone; no service may change its history.
 */
export function replaceContentStatements(replaced: ReplacedContent): Statement[] {
  const { type, id, version, content, current } = replaced;
  const table = current ? 'resource' : 'history';
  const change: Statement = {
    text: `UPDATE ${table} SET content = $4 WHERE type = $1 AND id = $2 AND version = $3`,
    values: [type, id, version, content],
  };
  if (!current) return [change];
  const index = searchRowOf(indexEntriesOf(parseJson(content) as FhirResource));
  return [change, reindexStatement(type, [{ id, version, ...index }])];
}
