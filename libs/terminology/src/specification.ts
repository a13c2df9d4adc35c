import { readFileSync } from 'node:fs';
import { Catalogue, type Entry, type TerminologyResource } from './catalogue.js';

/** The value sets and code systems of R4 that the build keeps (tools/definitions/terminology.mjs): read when first asked for. */
export function specificationCatalogue(): Catalogue {
  return (made ??= new Catalogue(readEntries()));
}

let made: Catalogue | undefined;

/** One line lists what follows, then a line for each. */
function readEntries(): Entry[] {
  const file = new URL('../generated/terminology.ndjson', import.meta.url);
  const [head = '', ...lines] = readFileSync(file, 'utf8').split('\n');
  const { index } = JSON.parse(head) as { index: [Entry['resourceType'], string, string | null][] };
  return index.map(([resourceType, url, version], at) => ({
    resourceType,
    url,
    version: version ?? undefined,
    read: () => JSON.parse(lines[at] ?? '') as TerminologyResource,
  }));
}
