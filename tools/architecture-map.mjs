// Draws the map in docs/architecture.md from the imports as they are; with --check it only says whether it is current.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = new URL('../docs/architecture.md', import.meta.url);
const marks = ['<!-- map: written by npm run map -->', '<!-- /map -->'];

const text = readFileSync(page, 'utf8');
const [before, rest] = split(text, marks[0]);
const [, after] = split(rest, marks[1]);
const drawn = `${before}${marks[0]}\n\n\`\`\`mermaid\n${mermaid()}\n\`\`\`\n\n${marks[1]}${after}`;

if (!process.argv.includes('--check')) {
  writeFileSync(page, drawn);
} else if (drawn !== text) {
  console.error('The map in docs/architecture.md is not current: npm run map');
  process.exitCode = 1;
}

function split(whole, mark) {
  const at = whole.indexOf(mark);
  if (at < 0) throw new Error(`docs/architecture.md has no line ${mark}`);
  return [whole.slice(0, at), whole.slice(at + mark.length)];
}

/** One box per service and library. An arrow that a longer way already shows is left out; what tests know, too. */
function mermaid() {
  const known = imports();
  const names = [...known.keys()].sort();
  const box = (name) => `    ${idOf(name)}["${name.split('/')[1]}"]`;
  const group = (folder) => [
    `  subgraph ${folder}`,
    ...names.filter((name) => name.startsWith(`${folder}/`)).map(box),
    '  end',
  ];
  const arrows = names.flatMap((name) => {
    const direct = known.get(name);
    const shown = direct.filter((target) => !direct.some((other) => other !== target && reaches(other, target, known)));
    return shown.map((target) => `  ${idOf(name)} --> ${idOf(target)}`);
  });
  return ['flowchart LR', ...group('apps'), ...group('libs'), ...arrows].join('\n');
}

/** Each service and library, and those that it imports. */
function imports() {
  const program = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';
  const args = ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', '--output-type', 'json'];
  const scope = ['--include-only', '^(apps|libs)/', '--exclude', '\\.spec\\.ts$|/test/'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, ...args, ...scope, '--collapse', '^(apps|libs)/[^/]+'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(stderr);
  return new Map(
    JSON.parse(stdout).modules.map(({ source, dependencies }) => {
      const targets = dependencies.map(({ resolved }) => resolved).filter((target) => target !== source);
      return [source, [...new Set(targets)].sort()];
    }),
  );
}

function reaches(from, target, known) {
  return known.get(from).some((next) => next === target || reaches(next, target, known));
}

function idOf(name) {
  return name.replace(/[^a-z]/g, '_');
}
