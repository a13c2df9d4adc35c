import { FhirError, ownerOf, owners, serviceNames } from '#fhir';
import { type DefinitionRoute, definitionMethods } from './definitions/definition-route.js';
import type { Faces, OperationLevel, ServedType } from './faces.js';
import { nearestOf } from './nearest.js';
import type { FhirRequest, Operation } from './operation.js';
import { recordMethods, type RecordRoute } from './records/record-route.js';

/** The interaction that a method and an address ask for. https://hl7.org/fhir/R4/http.html */
export type Route = { pattern: string } & (
  | { interaction: 'capabilities' }
  | { interaction: 'openapi' }
  | { interaction: 'smart-configuration' }
  | { interaction: 'transaction' }
  | { interaction: 'history-system' }
  | { interaction: 'search'; served: ServedType; form: boolean }
  | { interaction: 'create'; served: ServedType }
  | { interaction: 'history-type'; served: ServedType }
  | { interaction: 'read'; served: ServedType; id: string }
  | { interaction: 'history'; served: ServedType; id: string }
  /** Without an id it is conditional: the query says which one is meant. */
  | { interaction: 'update' | 'patch' | 'delete'; served: ServedType; id?: string }
  /** The answer to a request that preferred to be answered later. */
  | { interaction: 'job'; served: ServedType; job: string }
  | { interaction: 'job-cancel'; served: ServedType; job: string }
  | { interaction: 'vread'; served: ServedType; id: string; version: string }
  | { interaction: 'operation'; operation: Operation; type?: string; id?: string }
  | DefinitionRoute
  | RecordRoute
);

type Methods = Partial<Record<FhirRequest['method'], Route>>;

/** Route of an address below `/fhir`; throws what tells the caller which address or method there is instead. */
export function routeOf(method: string, segments: readonly string[], faces: Faces): Route {
  const methods = methodsAt(segments, faces);
  const route = methods[(method === 'HEAD' ? 'GET' : method) as FhirRequest['method']];
  if (route) return route;
  throw methodRefused(method, Object.keys(methods));
}

/** Decoded segments of an address below `/fhir`, without query; undefined where they cannot be decoded. */
export function segmentsOf(url: string): string[] | undefined {
  const [path = ''] = url.split('?', 1);
  try {
    return path
      .replace(/^\/fhir\/?|\/$/g, '')
      .split('/')
      .filter((segment, _at, all) => segment !== '' || all.length > 1)
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The base tells what the server is; who sends criteria to it must not take that for an answer. */
export function refuseSearchOfAll({ interaction, pattern }: Route, query: URLSearchParams): void {
  const aboutForm = ['_format', '_pretty', '_summary', '_elements'];
  const isBase = interaction === 'capabilities' && pattern === '/fhir';
  if (isBase && [...query.keys()].some((name) => !aboutForm.includes(name))) throw searchOfAll();
}

/** The pattern of an address that is not served: what logs and metrics may say of it. */
export const unknownPattern = '/fhir/*';

export function isId(id: string): boolean {
  return /^(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}$/.test(id);
}

function methodsAt(segments: readonly string[], faces: Faces): Methods {
  const [first = '', ...rest] = segments;
  const ofBase = rest.length === 0 ? methodsOfBase(first, faces) : undefined;
  if (ofBase) return ofBase;
  if (segments.join('/') === '.well-known/smart-configuration')
    return { GET: { interaction: 'smart-configuration', pattern: '/fhir/.well-known/smart-configuration' } };
  const ofServer = methodsOfServer(segments, faces);
  if (ofServer) return ofServer;
  return methodsOfType(servedType(first, faces), rest, faces);
}

/** What the server itself has for types that no service owns. */
function methodsOfServer(segments: readonly string[], faces: Faces): Methods | undefined {
  const ofDefinitions = definitionMethods(segments, checkedId) ?? recordMethods(segments, checkedId);
  if (ofDefinitions) return ofDefinitions;
  const [type = '', second = '', ...beyond] = segments;
  if (!second.startsWith('$') || beyond.length > 0 || faces.typeNamed(type)) return undefined;
  const operation = faces.operationAt('type', second.slice(1), type);
  return operation && operationMethods(faces, { level: 'type', segment: second, type });
}

/** What is not of one type; undefined for a type's name. */
function methodsOfBase(segment: string, faces: Faces): Methods | undefined {
  switch (segment) {
    case '':
      return {
        GET: { interaction: 'capabilities', pattern: '/fhir' },
        POST: { interaction: 'transaction', pattern: '/fhir' },
      };
    case 'metadata':
      return { GET: { interaction: 'capabilities', pattern: '/fhir/metadata' } };
    case 'openapi.json':
      return { GET: { interaction: 'openapi', pattern: '/fhir/openapi.json' } };
    case '_history':
      return { GET: { interaction: 'history-system', pattern: '/fhir/_history' } };
    case '_search':
      throw searchOfAll();
  }
  return segment.startsWith('$') ? operationMethods(faces, { level: 'system', segment }) : undefined;
}

function methodsOfType(served: ServedType, rest: readonly string[], faces: Faces): Methods {
  const [second, ...beyond] = rest;
  const { type } = served;
  const pattern = '/fhir/:type';
  if (second === undefined) {
    return {
      GET: { interaction: 'search', served, form: false, pattern },
      ...(served.writes ? { POST: { interaction: 'create', served, pattern } } : {}),
      ...writeMethods({ served, pattern }),
    };
  }
  if (beyond.length === 0 && second === '_search') {
    return { POST: { interaction: 'search', served, form: true, pattern: `${pattern}/_search` } };
  }
  if (beyond.length === 0 && second === '_history')
    return { GET: { interaction: 'history-type', served, pattern: `${pattern}/_history` } };
  if (second === '_async') return jobMethods(served, beyond);
  if (beyond.length === 0 && second.startsWith('$'))
    return operationMethods(faces, { level: 'type', segment: second, type });
  return methodsOfInstance({ served, id: checkedId(second) }, beyond, faces);
}

function methodsOfInstance(
  { served, id }: { served: ServedType; id: string },
  rest: readonly string[],
  faces: Faces,
): Methods {
  const [third, version, ...beyond] = rest;
  const { type } = served;
  const pattern = '/fhir/:type/:id';
  if (third === undefined) {
    return {
      GET: { interaction: 'read', served, id, pattern },
      ...writeMethods({ served, id, pattern }),
    };
  }
  if (third.startsWith('$') && version === undefined) {
    return operationMethods(faces, { level: 'instance', segment: third, type, id });
  }
  if (third !== '_history' || beyond.length > 0) throw notServed();
  const history = `${pattern}/_history`;
  if (version === undefined) return { GET: { interaction: 'history', served, id, pattern: history } };
  return { GET: { interaction: 'vread', served, id, version, pattern: `${history}/:vid` } };
}

function jobMethods(served: ServedType, [job, ...beyond]: readonly string[]): Methods {
  if (job === undefined || beyond.length > 0) throw notServed();
  const pattern = '/fhir/:type/_async/:job';
  return {
    GET: { interaction: 'job', served, job, pattern },
    DELETE: { interaction: 'job-cancel', served, job, pattern },
  };
}

/** What clients may write they may patch; deleted is only what has a rule for it. */
function writeMethods(target: { served: ServedType; id?: string; pattern: string }): Methods {
  const { writes } = target.served;
  if (!writes) return {};
  return {
    PUT: { interaction: 'update', ...target },
    PATCH: { interaction: 'patch', ...target },
    ...(writes.delete ? { DELETE: { interaction: 'delete', ...target } } : {}),
  };
}

function operationMethods(
  faces: Faces,
  { level, segment, ...target }: { level: OperationLevel; segment: string; type?: string; id?: string },
): Methods {
  const operation = faces.operationAt(level, segment.slice(1), target.type);
  if (!operation) throw unknownOperation(segment, faces);
  const prefix = { system: '/fhir', type: '/fhir/:type', instance: '/fhir/:type/:id' }[level];
  const route: Route = {
    interaction: 'operation',
    operation,
    ...target,
    pattern: `${prefix}/$${operation.definition.code}`,
  };
  return Object.fromEntries(operation.definition.methods.map((method) => [method, route]));
}

function servedType(name: string, faces: Faces): ServedType {
  const served = faces.typeNamed(name);
  if (served) return served;
  const here = faces.types.map(({ type }) => type).sort();
  const owner = ownerOf(name);
  if (owner !== undefined)
    throw FhirError.of('not-found', `${name} is served by the ${owner} service; here are ${here.join(', ')}.`);
  // Through the edge a typing mistake comes to one service of several: it tells of all.
  const names = serviceNames.flatMap((service): readonly string[] => owners[service]).sort();
  const nearest = nearestOf(name, names);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  const diagnostics = `This address does not begin with a resource type that is served here.${hint} Served: ${names.join(', ')}.`;
  throw FhirError.of('not-found', diagnostics);
}

function unknownOperation(segment: string, faces: Faces): FhirError {
  const codes = [...new Set(faces.operations.map(({ definition }) => definition.code))].sort();
  const nearest = nearestOf(segment.slice(1), codes);
  const hint = codes.includes(segment.slice(1))
    ? ` ${placesOf(segment.slice(1), faces)}`
    : nearest === undefined
      ? ''
      : ` Did you mean $${nearest}?`;
  const known = codes.length === 0 ? 'none' : codes.map((code) => `$${code}`).join(', ');
  return FhirError.of('not-found', `There is no such operation at this address.${hint} Operations: ${known}.`);
}

/** Where an operation is that was called at another level, or of another type. */
function placesOf(code: string, faces: Faces): string {
  const places = faces.operations
    .filter(({ definition }) => definition.code === code)
    .flatMap(({ definition: { system, types, type: atType = true, instance } }) => {
      const [only = '[type]', ...others] = types;
      const type = others.length === 0 ? only : '[type]';
      const ofTypes = types.length === 0 ? [] : [...(atType ? [type] : []), ...(instance ? [`${type}/[id]`] : [])];
      return [...(system ? ['[base]'] : []), ...ofTypes].map((place) => `${place}/$${code}`);
    });
  return `It is at ${[...new Set(places)].join(', ')}.`;
}

function checkedId(id: string): string {
  if (isId(id)) return id;
  throw FhirError.of('value', 'An id is 1 to 64 letters, digits, hyphens and dots.');
}

function methodRefused(method: string, allowed: readonly string[]): FhirError {
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', ');
  const isKept = method === 'DELETE' && allowed.includes('PUT');
  const instead = isKept ? ' What is here is never deleted: a status says that it is over or was an error.' : '';
  const diagnostics = `This address does not take this method. It takes: ${allow}.${instead}`;
  return new FhirError([{ severity: 'error', code: 'not-supported', diagnostics }], {
    status: 405,
    headers: { allow },
  });
}

function searchOfAll(): FhirError {
  return FhirError.of('not-supported', 'Search of all types together is not served; name a type.');
}

function notServed(): FhirError {
  return FhirError.of('not-found', 'Nothing is served at this address; GET /fhir/metadata tells what is.');
}
