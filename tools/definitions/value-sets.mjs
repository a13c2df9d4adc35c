// Expands the value sets of required bindings to their codes, from the code systems of the pinned FHIR package.
import { readFileSync } from 'node:fs';

/** Sets whose code systems are open lists kept elsewhere (media types, currencies, UCUM): no codes to hold against. */
const open = new Set([
  'http://hl7.org/fhir/ValueSet/mimetypes',
  'http://hl7.org/fhir/ValueSet/currencies',
  'http://hl7.org/fhir/ValueSet/ucum-units',
]);

/** By value set url: by code system url: its codes. What cannot be expanded, and is not known to be open, stops the build. */
export function expandValueSets(urls, folder) {
  const known = readTerminology(folder);
  return Object.fromEntries(urls.filter((url) => !open.has(url)).map((url) => [url, expand(url, known)]));
}

function readTerminology(folder) {
  const resources = ['valuesets.json', 'v3-codesystems.json'].flatMap((file) =>
    JSON.parse(readFileSync(folder + file, 'utf8')).entry.map(({ resource }) => resource),
  );
  const byUrl = (type) =>
    new Map(resources.filter(({ resourceType }) => resourceType === type).map((resource) => [resource.url, resource]));
  return { valueSets: byUrl('ValueSet'), codeSystems: byUrl('CodeSystem') };
}

function expand(url, known) {
  const compose = known.valueSets.get(url)?.compose;
  if (!compose) throw new Error(`The value set ${url} is not in the package.`);
  if (compose.exclude) throw new Error(`The value set ${url} excludes codes, which is not expanded yet.`);
  const expansion = {};
  for (const include of compose.include) {
    for (const [system, codes] of Object.entries(includedCodes(include, known, url))) {
      expansion[system] = [...new Set([...(expansion[system] ?? []), ...codes])];
    }
  }
  return expansion;
}

function includedCodes({ system, concept, filter, valueSet = [] }, known, url) {
  if (filter) throw new Error(`The value set ${url} has a filter, which is not expanded yet.`);
  if (system === undefined) return Object.assign({}, ...valueSet.map((part) => expand(part.split('|')[0], known)));
  if (concept) return { [system]: concept.map(({ code }) => code) };
  const codeSystem = known.codeSystems.get(system);
  if (codeSystem?.content !== 'complete')
    throw new Error(`The value set ${url} needs all of ${system}, which is not in the package.`);
  return { [system]: codesOf(codeSystem.concept) };
}

function codesOf(concepts = []) {
  return concepts.flatMap(({ code, concept }) => [code, ...codesOf(concept)]);
}
