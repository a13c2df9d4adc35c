// Writes .env for docker compose from deploy/example.env, with fresh secrets. An .env that is there stays as it is.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const example = new URL('../deploy/example.env', import.meta.url);
const target = process.argv[2] ?? new URL('../.env', import.meta.url);

const filled = readFileSync(example, 'utf8').replace(
  /^(\w*(?:SECRET|PASSWORD)\w*)=$/gm,
  (_line, name) => `${name}=${randomBytes(32).toString('base64url')}`,
);
try {
  writeFileSync(target, filled, { mode: 0o600, flag: 'wx' });
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
  console.error('There is an .env already: change it by hand, or move it away first.');
  process.exitCode = 1;
}
