import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pageOf } from './page.js';
import { verdictsOf } from './verdicts.js';

const root = new URL('../../../', import.meta.url);
const verdicts = await verdictsOf(fileURLToPath(new URL('../shared/data', root)));
const unexplained = verdicts.filter(({ verdict, rule }) => verdict === 'refused' && rule === undefined);

if (unexplained.length > 0) {
  const files = unexplained.map(({ file, element = '' }) => `  ${file} at ${element}`);
  process.stderr.write(`Look at these refusals and write their rule in test/verdicts/rules.ts:\n${files.join('\n')}\n`);
  process.exitCode = 1;
} else {
  writeFileSync(new URL('conformance/verdicts.json', root), `${JSON.stringify(verdicts, undefined, 2)}\n`);
  writeFileSync(new URL('docs/verdicts.md', root), pageOf(verdicts));
}
