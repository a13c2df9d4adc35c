// Makes dist/client-package, for npm pack ./dist/client-package: what the build made of libs/client, its types, package.json
// and README. npm run build first.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}dist/client-package`;
const made = `${folder}/dist`;

rmSync(folder, { recursive: true, force: true });
cpSync(`${root}dist/libs/client/src`, made, { recursive: true, filter: (path) => !/\.spec\.js|\.map$/.test(path) });
for (const file of ['package.json', 'README.md']) cpSync(`${root}libs/client/${file}`, `${folder}/${file}`);
const compiler = ['node_modules/typescript/bin/tsc', '--project', 'libs/client/tsconfig.package.json'];
const { status } = spawnSync(process.execPath, compiler, { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
for (const file of readdirSync(made, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(d\.ts|js)$/.test(file)) continue;
  const text = readFileSync(`${made}/${file}`, 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
  // Node's way of resolving wants the file, which @types/fhir does not name otherwise.
  writeFileSync(`${made}/${file}`, text.replaceAll("'fhir/r4'", "'fhir/r4.js'"));
}
