import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pageOf } from './verdicts/page.js';
import { type Verdict, verdictsOf } from './verdicts/verdicts.js';

const data = fileURLToPath(new URL('../../shared/data', import.meta.url));
const page = readFileSync(new URL('../docs/verdicts.md', import.meta.url), 'utf8');
const known = JSON.parse(readFileSync(new URL('../conformance/verdicts.json', import.meta.url), 'utf8')) as Verdict[];

describe('the verdicts on published resources', () => {
  it('stand in the docs, each refusal with its rule', () => {
    expect(page).toBe(pageOf(known));
    expect(known.filter(({ verdict, rule }) => verdict === 'refused' && rule === undefined)).toEqual([]);
  });

  if (existsSync(data)) {
    it('are what the validator says of them', async () => {
      expect(await verdictsOf(data)).toEqual(known);
    });
  } else {
    it('cannot be compared: ../shared/data is absent', () => {
      expect(existsSync(data)).toBe(false);
    });
  }
});
