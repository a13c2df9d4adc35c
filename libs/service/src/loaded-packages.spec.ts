import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger, type Logger } from '#observability';
import { loadedPackages } from './loaded-packages.js';

let folder: string;
let lines: string[];
let log: Logger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ginnel-loaded-'));
  lines = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  log = createLogger({ level: 'info', service: 'test', destination });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(content));
}

it('the packages of the configuration are told in the log, and those that they lack', async () => {
  write('package.json', { name: 'example.a', version: '1.0.0', dependencies: { 'example.b': '2.0.0' } });
  write('codes.json', { resourceType: 'CodeSystem', url: 'urn:a', status: 'active', content: 'complete' });
  const packages = await loadedPackages([folder], log);
  expect(packages.map(({ name }) => name)).toEqual(['example.a']);
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told).toMatchObject([{ packages: ['example.a#1.0.0'] }, { missing: ['example.b#2.0.0'] }]);
});

it('no package, no word', async () => {
  expect(await loadedPackages([], log)).toEqual([]);
  expect(lines).toEqual([]);
});

it('a package that cannot be read ends the start with one sentence', async () => {
  await expect(loadedPackages([join(folder, 'none.tgz')], log)).rejects.toThrow(
    /^The FHIR package \S+none\.tgz cannot be read: there is no such file or folder\.$/,
  );
});
