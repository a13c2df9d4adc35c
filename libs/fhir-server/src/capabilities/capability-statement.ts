import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceInteraction,
  CapabilityStatementRestResourceOperation,
} from 'fhir/r4';
import { ownerOf } from '#fhir';
import {
  idParameter,
  lastUpdatedParameter,
  searchableTypes,
  type SearchParameter,
  searchParametersOf,
} from '#fhir-search';
import { definitionCapabilities } from '../definitions/definition-capabilities.js';
import type { Definitions } from '../definitions/definitions.js';
import { messagingOf } from '../definitions/served-messages.js';
import { operationDefinitionUrl } from '../definitions/operation-definition.js';
import type { ServedType } from '../faces.js';
import type { Operation } from '../operation.js';
import { recordCapabilities } from '../records/record-capabilities.js';
import type { Serving } from '../serving.js';
import type { Release } from './release.js';
import { securityOf } from './smart-configuration.js';

/** What is wired, in FHIR's words. https://hl7.org/fhir/R4/capabilitystatement.html */
export function capabilityStatementOf(serving: Serving, { version, date, issuer }: Release): CapabilityStatement {
  const { baseUrl, faces } = serving;
  const operations = faces.operations.filter(({ definition }) => definition.system);
  return {
    resourceType: 'CapabilityStatement',
    id: 'ginnel',
    url: `${baseUrl}/CapabilityStatement/ginnel`,
    version,
    name: 'Ginnel',
    title: 'Ginnel',
    status: 'active',
    date: date.toISOString(),
    kind: 'instance',
    software: { name: 'Ginnel', version },
    implementation: { description: 'Ginnel: referrals between general practice and the community', url: baseUrl },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json', 'application/fhir+xml'],
    rest: [
      {
        mode: 'server',
        security: securityOf(issuer),
        resource: [
          ...faces.types.map((served) => resourceOf(served, serving)),
          ...recordCapabilities(),
          ...definitionCapabilities(),
        ],
        interaction: [{ code: 'transaction' }, { code: 'batch' }, { code: 'history-system' }],
        ...listed(
          'operation',
          operations.map((operation) => operationOf(operation, baseUrl)),
        ),
      },
    ],
    ...messagingOf(faces.messages, baseUrl),
  };
}

function resourceOf(served: ServedType, serving: Serving): CapabilityStatementRestResource {
  const { type, writes } = served;
  const { baseUrl, faces } = serving;
  const parameters = [idParameter, lastUpdatedParameter, ...searchParametersOf(type)];
  const operations = faces.operations.filter(({ definition }) => definition.types.includes(type));
  const read = ['read', 'vread', 'history-instance', 'history-type', 'search-type'] as const;
  const { extension = [], supportedProfile = [] } = writes?.capabilities ?? {};
  return {
    ...listed('extension', extension),
    type: type as CapabilityStatementRestResource['type'],
    ...listed('supportedProfile', [...new Set([...profilesOf(type, serving.definitions), ...supportedProfile])]),
    interaction: [...read, ...writtenBy(served)].map((code) => ({ code })),
    versioning: 'versioned',
    readHistory: true,
    updateCreate: writes?.clientIds === true,
    conditionalRead: 'full-support',
    conditionalCreate: writes !== undefined,
    conditionalUpdate: writes !== undefined,
    conditionalDelete: conditionalDeleteOf(served, serving),
    ...listed('searchInclude', includesOf(type)),
    ...listed('searchRevInclude', reverseIncludesOf(type, serving)),
    ...listed(
      'searchParam',
      parameters.map(({ code, type: kind, url }) => ({ name: code, definition: url, type: kind })),
    ),
    ...listed(
      'operation',
      operations.map((operation) => operationOf(operation, baseUrl)),
    ),
  };
}

function writtenBy({ writes }: ServedType): CapabilityStatementRestResourceInteraction['code'][] {
  if (!writes) return [];
  return ['create', 'update', 'patch', ...(writes.delete ? (['delete'] as const) : [])];
}

function conditionalDeleteOf(
  { writes }: ServedType,
  { limits }: Serving,
): NonNullable<CapabilityStatementRestResource['conditionalDelete']> {
  if (!writes?.delete) return 'not-supported';
  return limits.conditionalDeletes > 1 ? 'multiple' : 'single';
}

function includesOf(type: string): string[] {
  return referencesOf(type).map(({ code }) => `${type}:${code}`);
}

/** What may point to this type, also from services of other processes where these are asked. */
function reverseIncludesOf(type: string, { faces, searchAcross }: Serving): string[] {
  const searched = searchAcross
    ? searchableTypes().filter((each) => ownerOf(each))
    : faces.types.map((each) => each.type);
  return searched.flatMap((other) =>
    referencesOf(other)
      .filter(({ targets }) => targets.includes(type))
      .map(({ code }) => `${other}:${code}`),
  );
}

/** Those of packages that narrow the type: resources that name one are held to it. */
function profilesOf(type: string, definitions: Definitions): string[] {
  return definitions.all('StructureDefinition').flatMap(({ described }) => {
    const isProfile = described['type'] === type && described['derivation'] === 'constraint';
    return isProfile && typeof described['url'] === 'string' ? [described['url']] : [];
  });
}

function referencesOf(type: string): SearchParameter[] {
  return searchParametersOf(type).filter((parameter) => parameter.type === 'reference');
}

function operationOf({ definition }: Operation, baseUrl: string): CapabilityStatementRestResourceOperation {
  const { code, description } = definition;
  return { name: code, definition: operationDefinitionUrl(baseUrl, definition), documentation: description };
}

/** FHIR has no empty arrays. */
function listed<Name extends string, Item>(name: Name, items: Item[]): Partial<Record<Name, Item[]>> {
  return items.length === 0 ? {} : ({ [name]: items } as Record<Name, Item[]>);
}
