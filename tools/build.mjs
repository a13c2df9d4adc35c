// Builds dist/: definitions first (they are data), then every TypeScript file by swc.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

run('tools/definitions.mjs');
rmSync(`${root}dist`, { recursive: true, force: true });
run('node_modules/@swc/cli/bin/swc.js', 'apps', 'libs', 'test', '-d', 'dist', '-D', '-q', '--config-file', '.swcrc');

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [`${root}${script}`, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
