import { owners } from '#fhir';
import type { Dice } from './dice.js';
import { spoiltBody } from './bodies.js';

/** One request as it goes over the wire. */
export interface HostileRequest {
  method: string;
  /** Path and query, as they stand: maybe not well-formed. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const types = Object.values(owners).flat();
const operations = [
  'validate',
  'everything',
  'meta',
  'meta-add',
  'expand',
  'lookup',
  'process-message',
  'populate',
  'nothing',
];
const oddities = [
  "' OR '1'='1",
  '%00',
  '%',
  '%zz',
  '..%2f..%2fetc%2fpasswd',
  '<script>alert(1)</script>',
  '${7*7}',
  '\\',
  '%F0%9F%98%80',
  '%ED%A0%80',
  '9'.repeat(400),
  'a'.repeat(3000),
  '*',
  '$$$',
  '|||',
  ',,,,',
  '__proto__',
  'constructor',
  'toString',
  '-1',
  '1e309',
  'NaN',
  '((a+)+)+$',
  'gt',
  '2026-13-45',
  '0000-00-00T99:99:99Z',
];
const names = [
  '_id',
  '_lastUpdated',
  '_profile',
  '_tag',
  '_sort',
  '_count',
  '_include',
  '_revinclude',
  '_include:iterate',
  '_has:Task:focus:owner',
  '_has:::',
  '_has:Observation:subject:_has:Task:for:owner',
  '_total',
  '_summary',
  '_elements',
  '_filter',
  '_cursor',
  '_since',
  '_at',
  '_format',
  'identifier',
  'identifier:of-type',
  'status:not',
  'status:in',
  'subject.name',
  'subject.subject.subject.subject.subject.subject.subject',
  'name:contains',
  'name:exact:missing',
  'near',
  'location.near',
  'code-value-quantity',
  'date',
  'birthdate',
  'patient:Patient.identifier',
  'url:below',
  '',
  ':',
  '.',
];
const values = [
  '',
  'x',
  '1',
  '0',
  '-5',
  '1000000',
  'true',
  'ge2026-01-01',
  'ap2026-01-01T00:00:00.000Z',
  'eq1e400',
  '5.4|http://unitsofmeasure.org|mg',
  'http://loinc.org|1-8$gt5',
  '53.8|-1.7|10|km',
  '91|181|-1|km',
  'Task:focus',
  'Task:focus:Nobody',
  '*',
  'Patient/1,Patient/2',
  'https://example.org/ValueSet/none',
  'NL|a|b|c|d',
];

/** Requests that no honest client sends, and some that one might by mistake; the same dice give the same requests. */
export function hostileRequest(dice: Dice): HostileRequest {
  const path = dice.chance(0.1) ? oddPath(dice) : addressOf(dice) + queryOf(dice);
  const method = dice.of(['GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
  const headers = headersOf(dice);
  if (method === 'GET' || method === 'HEAD' || dice.chance(0.05)) return { method, path, headers };
  const { body, contentType } = spoiltBody(dice, path);
  return { method, path, headers: { 'content-type': contentType, ...headers }, body };
}

function addressOf(dice: Dice): string {
  const type = dice.of(types);
  const id = dice.of(['1', 'none', 'worth-valley-practice', 'a.b-c', 'bad_id', 'x'.repeat(65)]);
  const ways = [
    () => '/fhir',
    () => `/fhir/${type}`,
    () => `/fhir/${type}`,
    () => `/fhir/${type}/${id}`,
    () => `/fhir/${type}/_search`,
    () => `/fhir/${type}/_history`,
    () => `/fhir/${type}/${id}/_history`,
    () => `/fhir/${type}/${id}/_history/${dice.of(['1', '0', '-1', '99999999999', 'x'])}`,
    () => `/fhir/$${dice.of(operations)}`,
    () => `/fhir/${type}/$${dice.of(operations)}`,
    () => `/fhir/${type}/${id}/$${dice.of(operations)}`,
    () => `/fhir/_history`,
    () => `/fhir/metadata`,
    () => `/fhir/${type}/${id}/${dice.of(types)}/${id}`,
  ];
  return dice.of(ways)();
}

function oddPath(dice: Dice): string {
  return `/fhir/${dice.of([...types, 'Nothing', ''])}/${dice.of(oddities)}${dice.chance(0.3) ? `/${dice.of(oddities)}` : ''}`.replaceAll(
    /[\s<>"{}|\\^`]/g,
    (character) => encodeURIComponent(character),
  );
}

function queryOf(dice: Dice): string {
  if (dice.chance(0.3)) return '';
  const count = dice.chance(0.02) ? 150 : dice.below(4) + 1;
  const parts = Array.from({ length: count }, () => {
    const name = dice.of(names);
    const value = dice.chance(0.4) ? dice.of(oddities) : encodeURIComponent(dice.of(values));
    return `${encodeURIComponent(name)}=${value.replaceAll(/[\s<>"{}|\\^`#]/g, encodeURIComponent)}`;
  });
  return `?${parts.join('&')}`;
}

function headersOf(dice: Dice): Record<string, string> {
  const odd: Record<string, string>[] = [
    {
      accept: dice.of([
        'text/html',
        'application/fhir+xml',
        '*/*;q=0',
        'garbage',
        'application/fhir+json;fhirVersion=5.0',
      ]),
    },
    { prefer: dice.of(['return=minimal', 'handling=lenient', 'respond-async', 'return=nothing', 'x'.repeat(2000)]) },
    { 'if-match': dice.of(['W/"1"', '*', '"x"', 'W/"-1"', 'W/"99999999999999"']) },
    { 'if-none-match': dice.of(['*', 'W/"1"', ',,,', '"']) },
    {
      'if-none-exist': dice.of([
        'identifier=x|y',
        '',
        '?',
        'nothing=1',
        '_count=1',
        'identifier=%zz',
        'a=b&'.repeat(200),
      ]),
    },
    { 'if-modified-since': dice.of(['yesterday', 'Sat, 21 Nov 2026 00:00:00 GMT', '0', '9'.repeat(50)]) },
    { 'x-request-id': dice.of(['a b', '<script>', 'x'.repeat(500)]) },
    { 'content-encoding': dice.of(['gzip', 'br', 'deflate', 'identity', 'x']) },
    { 'accept-encoding': dice.of(['gzip', 'br', 'identity;q=0', '*;q=0', 'x']) },
    { range: 'bytes=0-' },
    { traceparent: dice.of(['00-0-0-0', 'x', '00-' + 'f'.repeat(32) + '-' + 'f'.repeat(16) + '-01']) },
    { authorization: dice.of(['Bearer nobody', 'Basic eDp5', 'Bearer', '']) },
  ];
  return dice.chance(0.5) ? {} : dice.of(odd);
}
