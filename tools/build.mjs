// Builds dist/: definitions first (they are data), then every TypeScript file by swc. dist/ is replaced as a whole.
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [made, wanted] = [`${root}dist.${process.pid}`, `${root}dist`];

run('tools/definitions.mjs');
run('node_modules/@swc/cli/bin/swc.js', 'apps', 'libs', 'test', '-d', made, '-D', '-q', '--config-file', '.swcrc');
writeFileSync(`${made}/.built`, '');
rmSync(wanted, { recursive: true, force: true });
renameSync(made, wanted);

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [`${root}${script}`, ...args], { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  rmSync(made, { recursive: true, force: true });
  process.exit(status ?? 1);
}
