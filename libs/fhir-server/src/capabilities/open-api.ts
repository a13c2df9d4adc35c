import { type SearchParameter, searchParametersOf } from '#fhir-search';
import { definitionTypes } from '../definitions/definition.js';
import { definitionParametersOf } from '../definitions/definition-parameters.js';
import type { ServedType } from '../faces.js';
import type { Operation } from '../operation.js';
import { recordParametersOf } from '../records/record-capabilities.js';
import { recordTypes } from '../records/record-route.js';
import type { Serving } from '../serving.js';
import type { Release } from './release.js';

/** The parts of OpenAPI 3.1 that are used here. https://spec.openapis.org/oas/v3.1.0 */
export interface OpenApi {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string }[];
  paths: Record<string, PathItem>;
  components: Record<string, unknown>;
}

export type PathItem = Partial<Record<'get' | 'post' | 'put' | 'patch' | 'delete', Call>>;

export interface Call {
  summary: string;
  description?: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: unknown;
  responses: Record<string, unknown>;
  security?: [];
}

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  description: string;
  required?: boolean;
  schema: { type: string };
}

/** The same as the CapabilityStatement says, for tools that read OpenAPI. */
export function openApiOf({ baseUrl, faces }: Serving, { version }: Release): OpenApi {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ginnel',
      version,
      description: 'FHIR R4 (4.0.1) as JSON and XML. Errors are OperationOutcome resources.',
    },
    servers: [{ url: baseUrl }],
    security: [{ bearer: [] }],
    tags: ['server', ...faces.types.map(({ type }) => type), ...recordTypes, ...definitionTypes].map((name) => ({
      name,
    })),
    paths: Object.fromEntries([
      ...serverPaths(),
      ...faces.types.flatMap(pathsOf),
      ...recordTypes.flatMap((type) => readOnlyPaths(type, recordParametersOf(type))),
      ...definitionTypes.flatMap((type) => readOnlyPaths(type, definitionParametersOf(type))),
      ...faces.operations.flatMap(operationPaths),
    ]),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Resource: {
          description: 'A FHIR R4 resource: https://hl7.org/fhir/R4/resourcelist.html',
          type: 'object',
          required: ['resourceType'],
          properties: { resourceType: { type: 'string' }, id: { type: 'string' } },
        },
      },
    },
  };
}

function serverPaths(): [string, PathItem][] {
  const metadata: Call = {
    summary: 'What this server can do',
    tags: ['server'],
    responses: answers('CapabilityStatement'),
    security: [],
  };
  const transaction: Call = {
    summary: 'Many interactions at once: each by itself (batch), or all or none (transaction)',
    tags: ['server'],
    requestBody: body('A Bundle of type batch or transaction'),
    responses: answers('Bundle of type batch-response or transaction-response'),
  };
  const history: Call = {
    summary: 'Versions of everything',
    tags: ['server'],
    responses: answers('Bundle of type history'),
  };
  return [
    ['/metadata', { get: metadata }],
    ['/', { get: metadata, post: transaction }],
    ['/_history', { get: history }],
  ];
}

function pathsOf(served: ServedType): [string, PathItem][] {
  const { type, writes } = served;
  const tags = [type];
  const parameters = [...searchParametersOf(type).map(searchInput), ...resultInputs];
  const search: Call = { summary: `Search ${type}`, tags, parameters, responses: answers('Bundle of type searchset') };
  const byForm: Call = {
    ...search,
    summary: `Search ${type} by form`,
    parameters: [],
    requestBody: searchForm(parameters),
  };
  const create: Call = {
    summary: `Create a ${type}`,
    tags,
    parameters: [ifNoneExist],
    requestBody: body(`A ${type}`),
    responses: { '201': answer(type), default: outcome },
  };
  const read: Call = { summary: `Read a ${type}`, tags, parameters: [idInput], responses: answers(type) };
  const history: Call = { ...read, summary: `Versions of a ${type}`, responses: answers('Bundle of type history') };
  const vread: Call = { ...read, summary: `Read a version of a ${type}`, parameters: [idInput, versionInput] };
  return [
    [`/${type}`, { get: search, ...(writes ? { post: create } : {}), ...conditionalCalls(served) }],
    [`/${type}/_search`, { post: byForm }],
    [`/${type}/_history`, { get: { ...history, summary: `Versions of every ${type}`, parameters: [] } }],
    [`/${type}/{id}`, { get: read, ...instanceCalls(served) }],
    [`/${type}/{id}/_history`, { get: history }],
    [`/${type}/{id}/_history/{vid}`, { get: vread }],
  ];
}

/** PUT, PATCH and DELETE of one resource. */
function instanceCalls({ type, writes }: ServedType): PathItem {
  if (!writes) return {};
  const common = { tags: [type], parameters: [idInput, ifMatch] };
  return {
    put: {
      ...common,
      summary: `Update a ${type}${writes.clientIds === true ? ', or create it under this id' : ''}`,
      requestBody: body(`A ${type}`),
      responses: answers(type),
    },
    patch: { ...common, summary: `Patch a ${type}`, requestBody: patchBody, responses: answers(type) },
    ...(writes.delete ? { delete: { ...common, summary: `Delete a ${type}`, responses: deleted } } : {}),
  };
}

/** The same of the resource that meets the criteria of the query. */
function conditionalCalls(served: ServedType): PathItem {
  const parameters = [...searchParametersOf(served.type).map(searchInput), ifMatch];
  return Object.fromEntries(
    Object.entries(instanceCalls(served)).map(([method, call]) => [
      method,
      {
        ...call,
        summary: `${call.summary.replace(', or create it under this id', ', or create it,')} by criteria`,
        parameters,
      },
    ]),
  );
}

/** Definitions and records are read and searched, and never written. */
function readOnlyPaths(type: string, known: readonly Pick<SearchParameter, 'code' | 'type'>[]): [string, PathItem][] {
  const tags = [type];
  const parameters = known.map(({ code, type: kind }) => searchInput({ code, type: kind }));
  const search: Call = { summary: `Search ${type}`, tags, parameters, responses: answers('Bundle of type searchset') };
  const byForm: Call = {
    ...search,
    summary: `Search ${type} by form`,
    parameters: [],
    requestBody: searchForm(parameters),
  };
  const read: Call = { summary: `Read a ${type}`, tags, parameters: [idInput], responses: answers(type) };
  return [
    [`/${type}`, { get: search }],
    [`/${type}/_search`, { post: byForm }],
    [`/${type}/{id}`, { get: read }],
  ];
}

function operationPaths({ definition }: Operation): [string, PathItem][] {
  const { code, title, description, system, types, type: atType = true, instance, methods } = definition;
  const call = (tag: string, parameters: Parameter[]): PathItem =>
    Object.fromEntries(
      methods.map((method) => [
        method.toLowerCase(),
        {
          summary: title,
          description,
          tags: [tag],
          parameters,
          ...(method === 'POST' ? { requestBody: body('Parameters, or the resource that the operation takes') } : {}),
          responses: answers('What the operation gives'),
        },
      ]),
    );
  return [
    ...(system ? [[`/$${code}`, call('server', [])] as [string, PathItem]] : []),
    ...(atType ? types.map((type): [string, PathItem] => [`/${type}/$${code}`, call(type, [])]) : []),
    ...(instance ? types.map((type): [string, PathItem] => [`/${type}/{id}/$${code}`, call(type, [idInput])]) : []),
  ];
}

const text = { type: 'string' };
const schema = { $ref: '#/components/schemas/Resource' };
const content = { 'application/fhir+json': { schema }, 'application/fhir+xml': { schema: { type: 'string' } } };
const outcome = { description: 'OperationOutcome: what is wrong and what to do', content };
const idInput: Parameter = { name: 'id', in: 'path', description: 'Logical id', required: true, schema: text };
const versionInput: Parameter = {
  name: 'vid',
  in: 'path',
  description: 'Version: 1, 2, 3',
  required: true,
  schema: text,
};
const ifMatch: Parameter = { name: 'If-Match', in: 'header', description: 'The ETag that was read', schema: text };
const ifNoneExist: Parameter = {
  name: 'If-None-Exist',
  in: 'header',
  description: 'Criteria: created only where nothing meets them',
  schema: text,
};
const deleted = { '204': { description: 'It is not there, or no more' }, default: outcome };
const patchBody = {
  description: 'A JSON Patch (RFC 6902), or a FHIRPath Patch as Parameters',
  required: true,
  content: {
    'application/json-patch+json': { schema: { type: 'array', items: { type: 'object' } } },
    ...content,
  },
};
const resultInputs: Parameter[] = [
  { name: '_id', in: 'query', description: 'token', schema: text },
  { name: '_lastUpdated', in: 'query', description: 'date', schema: text },
  { name: '_count', in: 'query', description: 'Matches on a page', schema: { type: 'integer' } },
  { name: '_sort', in: 'query', description: 'Codes of parameters, - before one for descending', schema: text },
  { name: '_include', in: 'query', description: 'Type:parameter of a reference to follow', schema: text },
  { name: '_revinclude', in: 'query', description: 'Type:parameter of a reference to the matches', schema: text },
  { name: '_total', in: 'query', description: 'none or accurate', schema: text },
];

function searchInput({ code, type }: Pick<SearchParameter, 'code' | 'type'>): Parameter {
  return { name: code, in: 'query', description: type, schema: text };
}

function searchForm(parameters: readonly Parameter[]): unknown {
  const properties = Object.fromEntries(parameters.map(({ name, schema: kind }) => [name, kind]));
  return { content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties } } } };
}

function body(description: string): unknown {
  return { description, required: true, content };
}

function answer(description: string): unknown {
  return { description, content };
}

function answers(description: string): Record<string, unknown> {
  return { '200': answer(description), default: outcome };
}
