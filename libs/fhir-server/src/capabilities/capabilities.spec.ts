import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
  StructureDefinition,
} from 'fhir/r4';
import { addSearchParameter, removeSearchParameter } from '#fhir-search';
import { baseUrl, type RunningServer, startServer } from '../../test/running-server.js';
import type { OpenApi } from './open-api.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
});

describe('what the server says of itself', () => {
  it('is derived from what is wired: types, interactions, parameters, operations', async () => {
    const { body } = await server.call('GET /fhir/metadata', { token: '' });
    const statement = body as CapabilityStatement;
    expect(statement).toMatchObject({
      fhirVersion: '4.0.1',
      kind: 'instance',
      software: { name: 'Ginnel', version: '0.1.0' },
      implementation: { url: baseUrl },
    });
    const [rest = { mode: 'server' }] = statement.rest ?? [];
    expect(resourcesOf(rest).map(({ type }) => type)).toEqual([
      'Patient',
      'ServiceRequest',
      'Task',
      'Organization',
      'Location',
      'HealthcareService',
      'AuditEvent',
      'Provenance',
      'StructureDefinition',
      'SearchParameter',
      'OperationDefinition',
      'MessageDefinition',
      'CapabilityStatement',
    ]);
    expect(interactionsWith('Task', rest)).toEqual([
      'read',
      'vread',
      'history-instance',
      'history-type',
      'search-type',
      'create',
      'update',
      'patch',
    ]);
    expect(interactionsWith('Patient', rest)?.slice(-2)).toEqual(['patch', 'delete']);
    expect(resourceOf('Patient', rest)).toMatchObject({
      updateCreate: false,
      conditionalRead: 'full-support',
      conditionalCreate: true,
      conditionalUpdate: true,
      conditionalDelete: 'single',
    });
    expect(resourceOf('HealthcareService', rest)).toMatchObject({ updateCreate: true });
    expect(resourceOf('Task', rest)).toMatchObject({ conditionalDelete: 'not-supported' });
    expect(interactionsWith('Organization', rest)).toEqual([
      'read',
      'vread',
      'history-instance',
      'history-type',
      'search-type',
    ]);
    expect(rest.operation?.map(({ name }) => name)).toEqual(['process-message', 'meta']);
    const task = resourceOf('Task', rest);
    expect(task?.operation?.map(({ name }) => name)).toEqual([
      'status',
      'everything',
      'find-activities',
      'validate',
      'meta',
      'meta-add',
      'meta-delete',
    ]);
    expect(task?.searchParam).toContainEqual({
      name: 'status',
      type: 'token',
      definition: 'http://hl7.org/fhir/SearchParameter/Task-status',
    });
    expect(task?.searchInclude).toContain('Task:focus');
  });

  it('is a resource that the server itself would take', async () => {
    const { body } = await server.call('GET /fhir/metadata', { token: '' });
    const answer = await server.call('POST /fhir/Task/7/$everything', { body });
    expect([answer.status, answer.body]).toEqual([202, body]);
  });

  it('is told as OpenAPI too, with every route and no other', async () => {
    const { body, headers } = await server.call('GET /fhir/openapi.json', { token: '' });
    const { openapi, servers, paths } = body as OpenApi;
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect([openapi, servers]).toEqual(['3.1.0', [{ url: baseUrl }]]);
    expect(Object.keys(paths).filter((path) => path.includes('Task') || !path.match(/[A-Z]/))).toEqual([
      '/metadata',
      '/',
      '/_history',
      '/Task',
      '/Task/_search',
      '/Task/_history',
      '/Task/{id}',
      '/Task/{id}/_history',
      '/Task/{id}/_history/{vid}',
      '/$process-message',
      '/Task/$status',
      '/Task/{id}/$everything',
      '/Task/$find-activities',
      '/Task/$validate',
      '/Task/{id}/$validate',
      '/$meta',
      '/Task/$meta',
      '/Task/{id}/$meta',
      '/Task/{id}/$meta-add',
      '/Task/{id}/$meta-delete',
    ]);
    expect(Object.keys(paths['/Organization'] ?? {})).toEqual(['get']);
    expect(Object.keys(paths['/Task/{id}'] ?? {})).toEqual(['get', 'put', 'patch']);
    expect(Object.keys(paths['/Patient/{id}'] ?? {})).toEqual(['get', 'put', 'patch', 'delete']);
    expect(Object.keys(paths['/Patient'] ?? {})).toEqual(['get', 'post', 'put', 'patch', 'delete']);
    expect(paths['/Task']?.get?.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['status', '_count']),
    );
  });

  it('is told as OpenAPI with each parameter once', async () => {
    const { body } = await server.call('GET /fhir/openapi.json', { token: '' });
    const calls = Object.values((body as OpenApi).paths).flatMap((path) => Object.values(path));
    const repeated = calls.filter(({ parameters = [] }) => {
      const names = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      return new Set(names).size < names.length;
    });
    expect(repeated.map(({ summary }) => summary)).toEqual([]);
  });

  it('names the profiles of packages, to which resources are held', async () => {
    const profile: StructureDefinition = {
      resourceType: 'StructureDefinition',
      url: 'https://example.org/StructureDefinition/urgent-task',
      name: 'UrgentTask',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Task',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Task',
      derivation: 'constraint',
      differential: { element: [{ id: 'Task.priority', path: 'Task.priority', min: 1 }] },
    };
    const packages = [{ name: 'example.tasks', version: '1.0.0', definitions: [profile], dependencies: [] }];
    const other = await startServer({ packages });
    const { body } = await other.call('GET /fhir/metadata', { token: '' });
    const meta = { profile: [profile.url] };
    const task = { resourceType: 'Task', meta, status: 'requested', intent: 'order' };
    const { text } = await other.call('POST /fhir/Task/$validate', { body: task });
    await other.stop();
    const [rest = { mode: 'server' }] = (body as CapabilityStatement).rest ?? [];
    expect(resourceOf('Task', rest)?.supportedProfile).toEqual([profile.url]);
    expect(resourceOf('Patient', rest)?.supportedProfile).toBeUndefined();
    expect(text).toContain('Task.priority');
  });

  it('follows the search parameters that are loaded while it runs', async () => {
    const url = 'https://example.org/SearchParameter/task-note';
    const named = async (): Promise<boolean> => {
      const { body } = await server.call('GET /fhir/metadata', { token: '' });
      const [rest = { mode: 'server' }] = (body as CapabilityStatement).rest ?? [];
      return resourceOf('Task', rest)?.searchParam?.some(({ definition }) => definition === url) === true;
    };
    expect(await named()).toBe(false);
    addSearchParameter({
      resourceType: 'SearchParameter',
      url,
      name: 'note',
      status: 'active',
      description: 'Text of a note.',
      code: 'note',
      base: ['Task'],
      type: 'string',
      expression: 'Task.note.text',
    });
    expect(await named()).toBe(true);
    removeSearchParameter(url);
    expect(await named()).toBe(false);
  });

  it('is served as a resource, too', async () => {
    const { body } = await server.call('GET /fhir/metadata', { token: '' });
    const { id, url = '' } = body as CapabilityStatement;
    expect((await server.call(`GET /fhir/CapabilityStatement/${id ?? ''}`)).body).toEqual(body);
    const found = await server.call(`GET /fhir/CapabilityStatement?url=${url}&fhirversion=4.0.1`);
    expect(found.body).toMatchObject({ total: 1, entry: [{ resource: { id, url } }] });
  });

  it('is a page to read without any script', async () => {
    const { text, headers } = await server.call('GET /docs', { token: '' });
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/,
    );
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('/Task/{id}/$everything');
    expect(text).not.toMatch(/<script|https?:\/\/(?!ginnel\.example|hl7\.org)/);
  });
});

function resourcesOf(rest: CapabilityStatementRest): CapabilityStatementRestResource[] {
  return rest.resource ?? [];
}

function resourceOf(type: string, rest: CapabilityStatementRest): CapabilityStatementRestResource | undefined {
  return resourcesOf(rest).find((resource) => resource.type === type);
}

function interactionsWith(type: string, rest: CapabilityStatementRest): string[] | undefined {
  return resourceOf(type, rest)?.interaction?.map(({ code }) => code);
}
