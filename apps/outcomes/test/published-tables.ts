import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../../shared/data/evaluation-tables/', import.meta.url));

/** The tables of the published evaluation lie beside the project, not in it. */
export const publishedTablesAreThere = existsSync(folder);

/** The cells of a table; none of these has a quoted line break. */
export function publishedTable(name: string): string[][] {
  return readFileSync(`${folder}${name}`, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
    );
}

/** As records by the header row. */
export function publishedRecords(name: string): Record<string, string>[] {
  const [header = [], ...rows] = publishedTable(name);
  return rows.map((cells) => Object.fromEntries(header.map((column, index) => [column, cells[index] ?? ''])));
}
