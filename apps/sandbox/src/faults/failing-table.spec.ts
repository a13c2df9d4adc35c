import { readFileSync } from 'node:fs';
import { withTables } from './failing-table.js';

describe('the page of failing on purpose', () => {
  it('has its tables from the code: node tools/failing-table.mjs', () => {
    const page = readFileSync(new URL('../../../../docs/failing-on-purpose.md', import.meta.url), 'utf8');
    expect(page).toBe(withTables(page));
  });
});
