import { createHash } from 'node:crypto';
import type { CapabilityStatement, FhirResource } from 'fhir/r4';
import { searchParameterDefinitions } from '#fhir-search';
import type { FhirPackage } from '#fhir-validation';
import type { Release } from '../capabilities/release.js';
import type { Operation } from '../operation.js';
import { builtDefinitions } from './built-definitions.js';
import { type Definition, type DefinitionType, isDefinitionType } from './definition.js';
import { withDefinitionParameters } from './definition-parameter-resources.js';
import { operationDefinitionOf } from './operation-definition.js';
import { messageDefinitions, type ServedMessages } from './served-messages.js';

/**
 * All that says what is served here and how: from the build, from the operations that are wired, from the search parameters in
 * use, from the packages. The specification's own come before a package's under the same id.
 */
export class Definitions {
  #standing: Definition[] | undefined;

  constructor(
    private readonly sources: {
      baseUrl: string;
      release: Release;
      packages: readonly FhirPackage[];
      operations: () => readonly Operation[];
      messages: () => ServedMessages | undefined;
      /** What the server says of itself. */
      statement: () => CapabilityStatement;
    },
  ) {}

  /** `more` are those that only other processes know. */
  all(type: DefinitionType, more: readonly Definition[] = []): Definition[] {
    const { packages, release, baseUrl, operations, statement } = this.sources;
    this.#standing ??= [...builtDefinitions(), ...packaged(packages)];
    const standing = this.#standing.filter((definition) => definition.type === type);
    switch (type) {
      case 'SearchParameter':
        return distinct([...this.#searchParameters(), ...standing]);
      case 'CapabilityStatement':
        return distinct([...definitionOf(statement(), statement().url ?? ''), ...standing]);
      case 'OperationDefinition':
        return distinct([
          ...operations().flatMap(({ definition }) =>
            definitionOf(operationDefinitionOf(definition, { baseUrl, ...release }), definition.code),
          ),
          ...more,
          ...standing,
        ]);
      case 'MessageDefinition':
        return distinct([...standing, ...messageDefinitions(this.sources.messages()?.definitions ?? [])]);
      default:
        return distinct(standing);
    }
  }

  #searchParameters(): Definition[] {
    return withDefinitionParameters(searchParameterDefinitions()).flatMap((each) => definitionOf(each, each.url));
  }

  find(type: DefinitionType, id: string, more: readonly Definition[] = []): Definition | undefined {
    return this.all(type, more).find((definition) => definition.id === id);
  }
}

function packaged(packages: readonly FhirPackage[]): Definition[] {
  return packages.flatMap(({ definitions }) =>
    definitions.flatMap((resource) => definitionOf(resource, 'url' in resource ? (resource.url ?? '') : '')),
  );
}

/** Under its own id, or one that is made of its url. */
function definitionOf(resource: FhirResource, url: string): Definition[] {
  const { resourceType: type } = resource;
  if (!isDefinitionType(type)) return [];
  const id = resource.id ?? idOf(url);
  const served = resource.id === id ? resource : { ...resource, id };
  return [{ type, id, described: served as unknown as Record<string, unknown>, read: () => served }];
}

function idOf(url: string): string {
  const last = url.slice(url.lastIndexOf('/') + 1).replace(/[^A-Za-z0-9\-.]/g, '-');
  return /^[A-Za-z0-9\-.]{1,64}$/.test(last) ? last : hashOf(url);
}

/** The first of one canonical and version; where another has its id already, the id is made of the canonical. */
function distinct(definitions: readonly Definition[]): Definition[] {
  const found = new Map<string, Definition>();
  const named = new Set<string>();
  for (const definition of definitions) {
    const canonical = canonicalOf(definition);
    if (named.has(canonical)) continue;
    named.add(canonical);
    const own = found.has(definition.id) ? renamed(definition, hashOf(canonical)) : definition;
    found.set(own.id, own);
  }
  return [...found.values()];
}

function canonicalOf({ described: { url, version }, id }: Definition): string {
  return typeof url === 'string' ? `${url}|${typeof version === 'string' ? version : ''}` : id;
}

function renamed(definition: Definition, id: string): Definition {
  return {
    ...definition,
    id,
    described: { ...definition.described, id },
    read: () => ({ ...definition.read(), id }),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
