import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const project = join(import.meta.dirname, '..');
const program = join(project, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const manifest = z
  .object({ imports: z.record(z.string(), z.unknown()), scripts: z.object({ borders: z.string() }) })
  .parse(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')));
const report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

const rooms = ['domain', 'use-cases', 'api', 'events', 'store'];
const services = ['referral', 'outcomes'];
/** A house as the map wants it, each file with the statement that it begins with. */
const house: Record<string, string> = {
  ...Object.fromEntries(Object.keys(manifest.imports).map((lib) => [`libs/${lib.slice(1)}/src/index.ts`, ''])),
  ...Object.fromEntries(services.flatMap((name) => rooms.map((room) => [`apps/${name}/src/${room}/one.ts`, '']))),
  ...Object.fromEntries(services.map((name) => [`apps/${name}/src/${name}.module.ts`, "import './api/one.js';"])),
  'libs/fhir/src/owners.ts': '',
  'apps/referral/src/referral.config.ts': '',
  'node_modules/pg/index.js': 'module.exports = {};',
  'node_modules/@nestjs/common/index.js': 'module.exports = {};',
};

/** Where it stands, what it imports, which rules it breaks. */
const planted: [file: string, from: string, ...rules: string[]][] = [
  ['libs/fhir/src/p.ts', '#events', 'libs/fhir may know'],
  ['libs/fhir-store/src/p.ts', '#messaging', 'libs/fhir-store may know'],
  ['libs/service/src/p.ts', '../../../apps/referral/src/domain/one.js', 'libs/service may know'],
  ['libs/fhir-search/src/p.ts', 'pg', 'the language has no framework'],
  ['libs/auth/src/p.ts', '../../fhir/src/owners.js', 'a library has one door'],
  ['apps/referral/src/domain/p1.ts', '@nestjs/common', 'the domain has no framework'],
  ['apps/referral/src/domain/p2.ts', '#fhir-store', 'the domain has no framework'],
  ['apps/referral/src/domain/p3.ts', '../use-cases/one.js', 'domain may know'],
  ['apps/referral/src/domain/p4.ts', '../referral.config.js', 'domain may know'],
  ['apps/referral/src/use-cases/p1.ts', '../api/one.js', 'use-cases may know'],
  ['apps/referral/src/store/p.ts', '../use-cases/one.js', 'store may know'],
  ['apps/referral/src/events/p.ts', '../store/one.js', 'events may know'],
  ['apps/referral/src/api/p1.ts', '../referral.module.js', 'api may know'],
  ['apps/referral/src/api/p2.ts', '../../../outcomes/src/domain/one.js', 'services meet only by events'],
  ['apps/referral/src/api/p3.spec.ts', '../../../../libs/fhir/src/owners.js', 'a library has one door'],
  ['apps/referral/src/use-cases/p2.ts', '#testing', 'tests stay in tests'],
  ['apps/sandbox/src/p1.ts', '../../referral/src/domain/one.js', 'the sandbox takes whole services'],
  ['libs/observability/src/p.ts', './q.js', 'no cycles'],
  ['apps/referral/src/api/p4.ts', '../use-cases/one.js'],
  ['apps/referral/src/api/p5.ts', '../referral.config.js'],
  ['apps/referral/src/use-cases/p3.ts', '#fhir-store'],
  ['apps/referral/src/domain/p5.ts', '#fhir'],
  ['apps/referral/src/api/p6.spec.ts', '#testing'],
  ['apps/sandbox/src/p2.ts', '../../referral/src/referral.module.js'],
];

const plants: Record<string, string> = {
  ...Object.fromEntries(planted.map(([file, from]) => [file, `import type { One } from '${from}';`])),
  'libs/observability/src/q.ts': "import type { One } from './p.js';",
};

describe('the borders between libraries, services and rooms', () => {
  let found: Map<string, string[]>;

  beforeAll(() => {
    found = violationsIn({ ...house, ...plants });
  });

  it.each(planted.filter(([, , ...rules]) => rules.length > 0))('catch %s that imports %s', (file, _from, ...rules) => {
    expect((found.get(file) ?? []).map((name) => name.replace(/:.*/, ''))).toEqual(rules);
  });

  it.each(planted.filter(([, , ...rules]) => rules.length === 0))('let %s import %s', (file) => {
    expect(found.get(file)).toBeUndefined();
  });

  it('let a house pass that keeps to the map', () => {
    expect(check(house)).toMatchObject({ status: 0, stderr: '' });
    expect(violationsIn(house)).toEqual(new Map());
  });

  it('end with a fault where one import is wrong', () => {
    const [[file] = ['']] = planted;
    expect(check({ ...house, [file]: plants[file] ?? '' })).toMatchObject({ status: 1, stderr: '' });
  });

  it('refuse a library that is not on the map', () => {
    const { status, stderr } = check({ ...house, 'libs/common/src/index.ts': '' });
    expect(status).toBe(1);
    expect(stderr).toContain('Put common on the map in .dependency-cruiser.cjs');
  });
});

/** The rules that each file breaks. */
function violationsIn(files: Readonly<Record<string, string>>): Map<string, string[]> {
  const { violations } = report.parse(JSON.parse(check(files, '--output-type', 'json').stdout)).summary;
  const rules = new Map<string, string[]>();
  for (const { from, rule } of violations) rules.set(from, [...(rules.get(from) ?? []), rule.name]);
  return rules;
}

/** Runs `npm run borders` on a house of its own. */
function check(files: Readonly<Record<string, string>>, ...options: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'ginnel-borders-'));
  try {
    for (const name of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json']) {
      copyFileSync(join(project, name), join(folder, name));
    }
    for (const [path, statement] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), path.endsWith('.ts') ? `${statement}\nexport type One = 1;\n` : statement);
    }
    const [, ...args] = manifest.scripts.borders.split(' ');
    return spawnSync(process.execPath, [program, ...args, ...options], { cwd: folder, encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
