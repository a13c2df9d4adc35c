// npm start: installs and builds what is missing, then runs the sandbox (with --services each service by itself, with --operate one
// operator's command for one service, with --command a command of `npx ginnel`).
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);

demandNode(20, 19);
if (!isInstalled()) install();
if (!isBuilt()) run(process.execPath, ['tools/build.mjs'], 'The build failed.');
const mains = { '--services': 'services-main', '--operate': 'operate-main', '--command': 'command-main' };
const main = mains[args[0]] ?? 'main';
if (main !== 'main') process.argv.splice(2, 1);
await import(`../dist/apps/sandbox/src/${main}.js`);

function demandNode(major, minor) {
  const [has, hasMinor] = process.versions.node.split('.').map(Number);
  if (has > major || (has === major && hasMinor >= minor)) return;
  stop(`Ginnel needs Node ${major}.${minor} or later; this is ${process.versions.node}.`);
}

/** npm notes in node_modules what it installed; a newer lock file means that something is missing. */
function isInstalled() {
  const noted = join(root, 'node_modules', '.package-lock.json');
  return existsSync(noted) && statSync(noted).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function install() {
  process.stderr.write('Installing packages, once …\n');
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  // Nothing that Ginnel needs has an install script that must run.
  run(command, [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci failed.');
}

function isBuilt() {
  const stamp = join(root, 'dist', '.built');
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  return ['apps', 'libs', 'tools', 'package-lock.json', '.swcrc'].every((name) => newest(join(root, name)) <= built);
}

/** The latest change below a path, generated files apart. */
function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const names = readdirSync(path).filter((name) => name !== 'generated');
  return Math.max(0, ...names.map((name) => newest(join(path, name))));
}

function run(command, commandArgs, failure) {
  const { status } = spawnSync(command, commandArgs, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) stop(failure);
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
