// Writes the tables of docs/failing-on-purpose.md from the code; npm run build first.
import { readFileSync, writeFileSync } from 'node:fs';
import { withTables } from '../dist/apps/sandbox/src/faults/failing-table.js';

const page = new URL('../docs/failing-on-purpose.md', import.meta.url);
writeFileSync(page, withTables(readFileSync(page, 'utf8')));
