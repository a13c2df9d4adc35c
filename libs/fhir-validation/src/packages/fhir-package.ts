import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { FhirResource } from 'fhir/r4';
import { filesInArchive } from './archive-files.js';
import { filesInFolder } from './folder-files.js';
import { type PackageFile, unreadable } from './package-file.js';

/** Definitions that are published together. https://confluence.hl7.org/display/FHIR/NPM+Package+Specification */
export interface FhirPackage {
  name: string;
  version: string;
  /** What it defines: StructureDefinition, ValueSet, CodeSystem, SearchParameter and others; examples are left out. */
  definitions: readonly FhirResource[];
  /** `name#version` of the packages that it builds on. */
  dependencies: readonly string[];
}

/** Types that say what resources, codes and searches are, not what happened to somebody. */
const definitional: ReadonlySet<string> = new Set([
  'CapabilityStatement',
  'CodeSystem',
  'ConceptMap',
  'MessageDefinition',
  'NamingSystem',
  'OperationDefinition',
  'SearchParameter',
  'StructureDefinition',
  'ValueSet',
]);

/** Reads packages, in the order given; one that cannot be read, or the same one twice, ends it with one sentence. */
export async function readPackages(paths: readonly string[]): Promise<FhirPackage[]> {
  const packages: FhirPackage[] = [];
  for (const path of paths) {
    const read = await readPackage(path);
    const same = packages.some(({ name }) => name === read.name);
    if (same) throw new Error(`The FHIR package ${read.name} is named twice in the configuration.`);
    packages.push(read);
  }
  return packages;
}

/** A folder or a .tgz of a FHIR package, or a plain folder of resources. Nothing is fetched and nothing is written. */
export async function readPackage(path: string): Promise<FhirPackage> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw unreadable(path, 'there is no such file or folder');
  if (!found.isDirectory() && !/\.(tgz|tar\.gz)$/.test(path))
    throw unreadable(path, 'it is neither a folder nor a .tgz');
  const files = found.isDirectory() ? await filesInFolder(path) : await filesInArchive(path);
  const read = packageOf(files, path);
  if (read.definitions.length === 0) throw unreadable(path, 'it holds no definition');
  return read;
}

function packageOf(files: readonly PackageFile[], path: string): FhirPackage {
  const manifest = files.find(({ name }) => name === 'package.json');
  const others = files.filter(({ name }) => name !== 'package.json' && !name.startsWith('.'));
  const definitions = others.flatMap((file) => definitionIn(file, path));
  if (!manifest) return { name: basename(resolve(path)), version: 'folder', definitions, dependencies: [] };
  const { name, version, fhirVersions = [], dependencies = {} } = manifestIn(manifest, path);
  const other = fhirVersions.length > 0 && !fhirVersions.some((each) => each.startsWith('4.0'));
  if (other) throw unreadable(path, `it is for FHIR ${fhirVersions.join(', ')}, and this is FHIR 4.0.1`);
  const builtOn = Object.entries(dependencies).map(([each, wanted]) => `${each}#${wanted}`);
  return { name, version, definitions, dependencies: builtOn.filter((each) => !each.startsWith('hl7.fhir.r4.')) };
}

interface Manifest {
  name: string;
  version: string;
  fhirVersions?: string[];
  dependencies?: Record<string, string>;
}

function manifestIn(file: PackageFile, path: string): Manifest {
  const manifest = parsed(file, path) as Partial<Manifest> & { 'fhir-version-list'?: string[] };
  const { name, version, dependencies = {} } = manifest;
  const fhirVersions = manifest.fhirVersions ?? manifest['fhir-version-list'] ?? [];
  const isSound = typeof name === 'string' && typeof version === 'string' && Array.isArray(fhirVersions);
  if (!isSound) throw unreadable(path, 'its package.json has no name and version');
  return { name, version, fhirVersions, dependencies };
}

function definitionIn(file: PackageFile, path: string): FhirResource[] {
  const content = parsed(file, path);
  if (typeof content !== 'object' || content === null || !('resourceType' in content)) return [];
  const { resourceType, url } = content as { resourceType: unknown; url?: unknown };
  if (typeof resourceType !== 'string' || !definitional.has(resourceType)) return [];
  if (resourceType !== 'NamingSystem' && typeof url !== 'string' && resourceType !== 'CapabilityStatement')
    throw unreadable(path, `${file.name} is a ${resourceType} without a url`);
  return [content as FhirResource];
}

function parsed({ name, text }: PackageFile, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreadable(path, `${name} is not JSON`);
  }
}
