import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { doors, tableRooms } from '../tools/lint/doors.mjs';
import { readerConfig } from '../tools/lint/names-its-reader.mjs';

const project = join(import.meta.dirname, '..');
const linter = new Linter({ configType: 'flat', cwd: project });
const parser = { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } } as Linter.Config;

function faultsOf(file: string, code: string): string[] {
  const found = linter.verify(code, [parser, readerConfig], { filename: join(project, file) });
  return found.map(({ ruleId, messageId, message }) => (ruleId === null ? message : `${ruleId} ${messageId ?? ''}`));
}

const rule = 'ginnel/names-its-reader';

describe('outside the store, a query without a reader', () => {
  it.each([
    ['a use case', 'apps/referral/src/use-cases/p.ts'],
    ['an operation', 'apps/outcomes/src/api/p.operation.ts'],
    ['a handler', 'apps/questionnaire/src/events/on-p.ts'],
    ['the FHIR face', 'libs/fhir-server/src/interactions/p.ts'],
    ['what services share', 'libs/service/src/p.ts'],
    ['the sandbox', 'apps/sandbox/src/p.ts'],
  ])('fails the lint in %s', (_, file) => {
    const faults: [code: string, fault: string][] = [
      ["import { everyone } from '#fhir'; await store.search(query, everyone);", 'everyone'],
      ["import { everyone as all } from '#fhir'; await store.read('Task', id, all);", 'everyone'],
      ["import * as fhir from '#fhir'; await store.search(query, fhir.everyone);", 'everyone'],
      ["await store.search(query, ['*']);", 'everyone'],
      ["await database.as(reader).query({ text: 'SELECT 1' });", 'sql'],
      ["await tx.query({ name: 'n', text: wanted, values: [] });", 'sql'],
      ["import pg from 'pg';", 'sql'],
      ["const text = 'SELECT content FROM resource WHERE id = $1';", 'store'],
      ['const text = `SELECT content FROM history WHERE type = ${type}`;', 'store'],
      ["const text = 'SELECT id FROM referral.task_search s';", 'store'],
    ];
    for (const [code, fault] of faults) expect([code, ...faultsOf(file, code)]).toEqual([code, `${rule} ${fault}`]);
    expect(faultsOf(file, "await store.search(query, caller.audience); const all = ['*', 'Task'];")).toEqual([]);
  });

  it('may not be about the tables of the store even in a room that has tables of its own', () => {
    const code = "const statement = { text: 'SELECT r.content FROM resource r JOIN audience a ON a.id = r.id' };";
    for (const { folder } of tableRooms) {
      const file = folder.endsWith('.ts') ? folder : `${folder}p.ts`;
      expect([file, ...faultsOf(file, code)]).toEqual([file, `${rule} store`]);
    }
  });

  it('is looked for by the lint of this project, everywhere but below the store and in tests', () => {
    const program = join(project, 'node_modules/eslint/bin/eslint.js');
    const ofFile = spawnSync(process.execPath, [program, '--print-config', 'apps/referral/src/p.ts'], { cwd: project });
    const { rules } = JSON.parse(ofFile.stdout.toString()) as { rules: Record<string, unknown> };
    expect(rules[rule]).toEqual([2]);
    expect(readerConfig.files).toEqual(['apps/**/*.ts', 'libs/**/*.ts']);
    expect(readerConfig.ignores).toEqual([
      ...['libs/fhir-store/**', 'libs/postgres/**', 'libs/launchers/**', 'libs/testing/**'],
      ...['**/*.spec.ts', '**/test/**'],
    ]);
  });

  it.each(doors)('is a door in $file, which needs it: $why', ({ file, why }) => {
    expect(why).not.toBe('');
    const text = readFileSync(join(project, file), 'utf8');
    // Without its name on the list it would be refused.
    const away = file.replace(/[^/]+$/, 'elsewhere.ts');
    expect(faultsOf(away, text).filter((fault) => fault.startsWith(rule))).not.toEqual([]);
  });

  it('is a room of tables only where there is one', () => {
    for (const { folder, why } of tableRooms) {
      expect(why).not.toBe('');
      expect([folder, isThere(folder)]).toEqual([folder, true]);
    }
  });
});

/** A file, a folder, or what the names of files in a folder begin with. */
function isThere(place: string): boolean {
  if (existsSync(join(project, place))) return true;
  return ['deliveries', 'delivery'].some((end) => existsSync(join(project, `${place}${end}.ts`)));
}
