import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createValidator } from './validator.js';

const contract = fileURLToPath(new URL('../../../ig/', import.meta.url));
const { validate } = createValidator();

it('finds nothing to say of our own definitions', () => {
  const files = readdirSync(contract, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  const issues = files.flatMap((name) => {
    const found = validate(JSON.parse(readFileSync(contract + name, 'utf8')));
    return found.map(({ diagnostics, expression }) => `${name} ${String(expression?.[0])}: ${diagnostics}`);
  });
  expect(files.length).toBeGreaterThan(15);
  expect(issues).toEqual([]);
});
