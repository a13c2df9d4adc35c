import { readFileSync } from 'node:fs';
import { pageOf } from './referral-states/page.js';
import { states } from './referral-states/states.js';

describe('the page of the states of a referral', () => {
  it('is written from the table: node tools/referral-states.mjs', () => {
    const page = readFileSync(new URL('../docs/referral-states.md', import.meta.url), 'utf8');
    expect(page).toBe(pageOf(states));
  });

  it('names every turn once', () => {
    const ids = [...states.parts, ...states.parents, ...states.requests].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids.length).toBeGreaterThan(60);
  });
});
