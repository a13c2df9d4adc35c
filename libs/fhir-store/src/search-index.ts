import { createHash } from 'node:crypto';
import { type SearchParameter, searchParametersOf } from '#fhir-search';
import { isBuiltIn } from './index-readiness.js';
import { tablesOf } from './layout.js';
import { quote } from './scope.js';

/** What a type's rows are indexed by: a fingerprint of the definition of each parameter, by its code. */
export type Fingerprints = Readonly<Record<string, string>>;

/** What this release indexes a type by; what was loaded while it runs is kept beside. */
export function wantedIndex(type: string): Fingerprints {
  const parameters = searchParametersOf(type).filter(isBuiltIn);
  return Object.fromEntries(parameters.map((parameter) => [parameter.code, fingerprintOf(parameter)]));
}

function fingerprintOf(parameter: SearchParameter): string {
  return createHash('sha256').update(JSON.stringify(parameter)).digest('base64url').slice(0, 16);
}

/**
 * Notes by what a type is to be indexed. Where there are no rows yet, or those that are there were indexed just so, nothing
 * is to be done; otherwise all of them are indexed again, and what changed is not searched by until that is done.
 */
export function wantIndex(type: string): string {
  const wanted = quote(JSON.stringify(wantedIndex(type)));
  const isEmpty = `NOT EXISTS (SELECT 1 FROM ${tablesOf(type).search})`;
  return `INSERT INTO search_index (type, wanted, built, since, position, done, total)
    SELECT ${quote(type)}, w, CASE WHEN ${isEmpty} THEN w ELSE '{}' END, now(), CASE WHEN ${isEmpty} THEN NULL ELSE '' END, 0, 0
    FROM (SELECT ${wanted}::jsonb AS w) n
    ON CONFLICT (type) DO UPDATE SET wanted = excluded.wanted, since = now(), done = 0,
      built = CASE WHEN ${isEmpty} THEN excluded.wanted ELSE search_index.built END,
      position = CASE WHEN ${isEmpty} OR search_index.built = excluded.wanted THEN NULL ELSE '' END
    WHERE search_index.wanted <> excluded.wanted`;
}
