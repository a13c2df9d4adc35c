import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { FhirResource } from 'fhir/r4';
import { create } from 'tar';
import { type FhirPackage, readPackages } from './fhir-package.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ginnel-packages-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const codes: FhirResource = {
  resourceType: 'CodeSystem',
  url: 'https://example.org/codes',
  status: 'active',
  content: 'complete',
};
const manifest = { name: 'example.codes', version: '1.2.3', fhirVersions: ['4.0.1'] };

function write(files: Record<string, unknown>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

async function archived(files: Record<string, unknown>): Promise<string> {
  write(files);
  const names = [...new Set(Object.keys(files).map((name) => name.split('/')[0] ?? ''))];
  const path = join(folder, 'made.tgz');
  await create({ file: path, cwd: folder, gzip: true }, names);
  return path;
}

async function one(path: string): Promise<FhirPackage | undefined> {
  return (await readPackages([path]))[0];
}

async function refusal(path: string): Promise<string> {
  return readPackages([path]).then(
    () => 'it was read',
    (error: unknown) => (error as Error).message.replaceAll(folder, '…'),
  );
}

describe('a FHIR package', () => {
  it('is read from a .tgz: what it defines, its name, version and what it builds on', async () => {
    const path = await archived({
      'package/package.json': { ...manifest, dependencies: { 'hl7.fhir.r4.core': '4.0.1', 'example.base': '2.0.0' } },
      'package/.index.json': { files: [] },
      'package/CodeSystem-codes.json': codes,
      'package/Patient-example.json': { resourceType: 'Patient' },
      'package/example/CodeSystem-other.json': { ...codes, url: 'https://example.org/other' },
      'package/notes.txt': 'not JSON',
    });
    expect(await one(path)).toEqual({
      name: 'example.codes',
      version: '1.2.3',
      definitions: [codes],
      dependencies: ['example.base#2.0.0'],
    });
  });

  it('is read from a folder, unpacked or plain', async () => {
    write({ 'package/package.json': manifest, 'package/codes.json': codes });
    expect(await one(folder)).toMatchObject({ name: 'example.codes', definitions: [codes] });
    write({ 'plain/codes.json': codes, 'plain/list.json': [1] });
    expect(await one(join(folder, 'plain'))).toEqual({
      name: 'plain',
      version: 'folder',
      definitions: [codes],
      dependencies: [],
    });
  });

  it('of an older kind names its FHIR version elsewhere', async () => {
    const old = { name: 'old', version: '1', 'fhir-version-list': ['3.0.2'] };
    write({ 'package.json': old, 'codes.json': codes });
    expect(await refusal(folder)).toBe(
      'The FHIR package … cannot be read: it is for FHIR 3.0.2, and this is FHIR 4.0.1.',
    );
  });
});

describe('a package that cannot be read', () => {
  it.each([
    ['codes.json', '{', 'codes.json is not JSON'],
    ['codes.json', { resourceType: 'CodeSystem' }, 'codes.json is a CodeSystem without a url'],
    ['package.json', { name: 'x' }, 'its package.json has no name and version'],
    ['patient.json', { resourceType: 'Patient' }, 'it holds no definition'],
  ])('is told by one sentence: %s', async (name, content, why) => {
    expect(await refusal(write({ [name]: content }))).toBe(`The FHIR package … cannot be read: ${why}.`);
  });

  it('is one that is not there, or of another kind', async () => {
    write({ 'a.zip': 'x' });
    const answers = [await refusal(join(folder, 'none')), await refusal(join(folder, 'a.zip'))];
    expect(answers).toEqual([
      'The FHIR package …/none cannot be read: there is no such file or folder.',
      'The FHIR package …/a.zip cannot be read: it is neither a folder nor a .tgz.',
    ]);
  });

  it('is an archive that is broken, cut short, or has no package in it', async () => {
    write({ 'broken.tgz': 'this is no archive' });
    const whole = await archived({ 'package/package.json': manifest, 'package/codes.json': codes });
    truncateSync(whole, 100);
    const cut = await refusal(whole);
    rmSync(join(folder, 'package'), { recursive: true });
    const other = await archived({ 'other/package.json': manifest });
    expect([await refusal(join(folder, 'broken.tgz')), cut, await refusal(other)]).toEqual([
      'The FHIR package …/broken.tgz cannot be read: it is no sound .tgz.',
      'The FHIR package …/made.tgz cannot be read: it is no sound .tgz.',
      'The FHIR package …/made.tgz cannot be read: it has no package/package.json.',
    ]);
  });

  it('is an archive that unpacks to far more than it is', async () => {
    const path = await archived({ 'package/package.json': manifest, 'package/big.json': ' '.repeat(30_000_000) });
    expect(await refusal(path)).toBe('The FHIR package …/made.tgz cannot be read: it is no sound .tgz.');
  });

  it('is a second one of the same name', async () => {
    write({ 'one/package.json': manifest, 'one/codes.json': codes, 'two/package.json': manifest, 'two/c.json': codes });
    await expect(readPackages([join(folder, 'one'), join(folder, 'two')])).rejects.toThrow(
      'The FHIR package example.codes is named twice in the configuration.',
    );
  });

  it('never writes what an archive holds, wherever its paths lead', async () => {
    write({ 'package/package.json': manifest, 'package/codes.json': codes, 'outside.json': codes });
    const path = join(folder, 'made.tgz');
    execFileSync('tar', ['-czPf', path, '-C', join(folder, 'package'), '../outside.json', '.'], { stdio: 'ignore' });
    expect(await refusal(path)).toBe('The FHIR package …/made.tgz cannot be read: it has no package/package.json.');
    expect(existsSync(join(folder, '..', 'outside.json'))).toBe(false);
  });
});

const shared = resolve(import.meta.dirname, '../../../../../shared/data');

if (existsSync(shared)) {
  it('the definitions of the Booking and Referral Standard are read as they were published', async () => {
    const names = readdirSync(join(shared, 'bars')).filter((name) => name.startsWith('conformance_'));
    for (const name of names) symlinkSync(join(shared, 'bars', name), join(folder, name));
    const read = await one(folder);
    const types = new Set(read?.definitions.map(({ resourceType }) => resourceType));
    expect([...types].sort()).toEqual([
      'CapabilityStatement',
      'CodeSystem',
      'MessageDefinition',
      'StructureDefinition',
    ]);
  });
} else {
  it('the definitions of the Booking and Referral Standard are not read: ../shared/data is absent', () => {
    expect(existsSync(shared)).toBe(false);
  });
}
