import { FhirError } from '#fhir';
import { AnswerMessage, CountTasks, EchoTask } from '../test/operations.js';
import { unconnectedStore } from '../test/unconnected-store.js';
import { DirectoryWrites, TaskWrites } from '../test/writes.js';
import { Faces, type ServiceFace } from './faces.js';
import { routeOf, segmentsOf } from './route.js';

function face(more: Partial<ServiceFace> = {}): ServiceFace {
  const store = unconnectedStore('Task', 'ServiceRequest', 'HealthcareService');
  return { name: 'referral', store, writes: [new TaskWrites()], operations: [], ...more };
}

const faces = new Faces();
faces.add(face({ operations: [new AnswerMessage(), new CountTasks(), new EchoTask()] }));

function routed(request: string): string {
  const [method = '', url = ''] = request.split(' ');
  const route = routeOf(method, segmentsOf(url) ?? [], faces);
  const id = 'id' in route ? ` ${route.id ?? ''}` : '';
  return `${route.interaction}${id} ${route.pattern}`;
}

function refusal(request: string): { status: number; allow: string | undefined; diagnostics: string } {
  try {
    routed(request);
  } catch (thrown) {
    if (!(thrown instanceof FhirError)) throw thrown;
    return { status: thrown.status, allow: thrown.headers['allow'], diagnostics: thrown.message };
  }
  throw new Error(`${request} was routed.`);
}

describe('the route of an address', () => {
  it.each([
    ['GET /fhir', 'capabilities /fhir'],
    ['GET /fhir/', 'capabilities /fhir'],
    ['GET /fhir/metadata?mode=full', 'capabilities /fhir/metadata'],
    ['HEAD /fhir/metadata', 'capabilities /fhir/metadata'],
    ['GET /fhir/openapi.json', 'openapi /fhir/openapi.json'],
    ['POST /fhir', 'transaction /fhir'],
    ['GET /fhir/Task?status=requested', 'search /fhir/:type'],
    ['POST /fhir/Task/_search', 'search /fhir/:type/_search'],
    ['POST /fhir/Task', 'create /fhir/:type'],
    ['GET /fhir/Task/a.b-1', 'read a.b-1 /fhir/:type/:id'],
    ['PUT /fhir/Task/1', 'update 1 /fhir/:type/:id'],
    ['PATCH /fhir/Task/1', 'patch 1 /fhir/:type/:id'],
    ['PUT /fhir/Task', 'update /fhir/:type'],
    ['PATCH /fhir/Task', 'patch /fhir/:type'],
    ['GET /fhir/Task/1/', 'read 1 /fhir/:type/:id'],
    ['GET /fhir/Task/1/_history', 'history 1 /fhir/:type/:id/_history'],
    ['GET /fhir/Task/1/_history/2', 'vread 1 /fhir/:type/:id/_history/:vid'],
    ['POST /fhir/$process-message', 'operation /fhir/$process-message'],
    ['POST /fhir/%24process-message', 'operation /fhir/$process-message'],
    ['GET /fhir/Task/$status', 'operation /fhir/:type/$status'],
    ['GET /fhir/Task/1/$everything', 'operation 1 /fhir/:type/:id/$everything'],
  ])('%s is %s', (request, expected) => {
    expect(routed(request)).toBe(expected);
  });

  it.each([
    ['DELETE /fhir/Task/1', 405, 'GET, PUT, PATCH, HEAD'],
    ['PATCH /fhir/ServiceRequest/1', 405, 'GET, HEAD'],
    ['DELETE /fhir/Task', 405, 'GET, POST, PUT, PATCH, HEAD'],
    ['PUT /fhir/ServiceRequest/1', 405, 'GET, HEAD'],
    ['POST /fhir/ServiceRequest', 405, 'GET, HEAD'],
    ['GET /fhir/Task/_search', 405, 'POST'],
    ['POST /fhir/metadata', 405, 'GET, HEAD'],
    ['DELETE /fhir', 405, 'GET, POST, HEAD'],
    ['GET /fhir/$process-message', 405, 'POST'],
    ['POST /fhir/Task/$status', 405, 'GET, HEAD'],
  ])('%s is refused with %d and the methods that are allowed', (request, status, allow) => {
    expect(refusal(request)).toMatchObject({ status, allow });
  });

  it.each([
    ['GET /fhir/Tsak', 404, 'Did you mean Task?'],
    ['GET /fhir/task', 404, 'Did you mean Task?'],
    ['GET /fhir/servicerequests/1', 404, 'Did you mean ServiceRequest?'],
    ['GET /fhir/healthcareservice', 404, 'Did you mean HealthcareService?'],
    ['GET /fhir/Account', 404, ', HealthcareService, Library, Location, '],
    ['GET /fhir/Organization', 404, 'served by the activity-directory service; here are ServiceRequest, Task.'],
    ['GET /fhir/Task/$stats', 404, 'Did you mean $status?'],
    ['GET /fhir/Task/$everything', 404, 'There is no such operation at this address.'],
    ['GET /fhir/ServiceRequest/$status', 404, 'There is no such operation at this address. It is at Task/$status'],
    ['GET /fhir/Task/1/other', 404, 'Nothing is served at this address'],
    ['GET /fhir/Task/1/_history/2/3', 404, 'Nothing is served at this address'],
    ['GET /fhir/Task/a_b', 400, 'An id is 1 to 64'],
    ['GET /fhir/Task/..', 400, 'An id is 1 to 64'],
    ['GET /fhir/Task/..%2F..%2Fetc%2Fpasswd', 400, 'An id is 1 to 64'],
    [`GET /fhir/Task/${'1'.repeat(65)}`, 400, 'An id is 1 to 64'],
    ['GET /fhir/_search', 400, 'name a type'],
    ['POST /fhir/_search', 400, 'name a type'],
    ['GET /fhir/Task/_async', 404, 'Nothing is served at this address'],
  ])('%s is refused with %d: %s', (request, status, said) => {
    const refused = refusal(request);
    expect(refused.status).toBe(status);
    expect(refused.diagnostics).toContain(said);
  });

  it('does not repeat what stood in the address', () => {
    expect(refusal('GET /fhir/Lovelace').diagnostics).not.toContain('Lovelace');
  });

  it('cannot be told from an address that is not well-formed', () => {
    expect(segmentsOf('/fhir/Task/%E0%A4%A')).toBeUndefined();
  });
});

describe('faces that cannot stand together', () => {
  it.each<[string, ServiceFace[], string]>([
    ['one service twice', [face(), face()], 'ServiceRequest is served twice'],
    ['a type of another owner', [face({ writes: [new DirectoryWrites()] })], 'its owner is activity-directory'],
    [
      'two rules of writing for one type',
      [face({ writes: [new TaskWrites(), new TaskWrites()] })],
      'two ResourceWrites',
    ],
    [
      'a type that the store does not hold',
      [face({ store: unconnectedStore('Patient') })],
      'its store does not hold it',
    ],
    [
      'one operation twice',
      [face({ operations: [new CountTasks(), new CountTasks()] })],
      '/Task/$status is served twice',
    ],
  ])('%s: the process refuses to start', (_title, wired, message) => {
    const start = (): void => {
      const together = new Faces();
      for (const one of wired) together.add(one);
    };
    expect(start).toThrow(message);
  });

  it('serves what a service owns, not the copies that its store follows', () => {
    expect(faces.types.map(({ type }) => type)).toEqual(['ServiceRequest', 'Task']);
  });
});
