import { FhirError } from '#fhir';
import { normalisedCriteria } from './normalised-criteria.js';
import { idParameter, lastUpdatedParameter, searchableTypes, searchParametersOf } from './parameters.js';
import { parseSearch } from './parse-search.js';

describe('hostile queries', () => {
  it('are understood or refused, quickly and in no other way', () => {
    const random = seeded(20_261_121);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const names = [
      '_id',
      '_sort',
      '_include',
      '_revinclude',
      '_count',
      '_total',
      '_cursor',
      '_has',
      '_has:Task:focus:status',
      '_has:Observation:patient:_has:Provenance:target:agent',
      'near',
      'location.near',
      'code-value-quantity',
      'focus.subject.identifier',
      '_elements',
      '_summary',
      '_include:iterate',
      '_revinclude:iterate',
      '_list',
      '__proto__',
      'constructor',
      '',
    ];
    const joints = [
      ':',
      '.',
      ':not',
      ':missing',
      ':Patient',
      ':identifier',
      ':in',
      ':below',
      ':of-type',
      ':text',
      ':__proto__',
      '.name',
      '.subject.name',
      ':Patient.name:exact',
      '._has:Group:member:code',
      '.__proto__',
      '',
      '',
      '',
    ];
    const pieces = [
      ',',
      '|',
      '\\',
      '$',
      '\0',
      '-',
      'gt',
      'xx',
      '2026',
      '-02-30',
      'T25:00',
      '1e999',
      '9'.repeat(30),
      'Patient/',
      '/_history/1',
      'urn:',
      'http://',
      '%',
      '\ud800',
      '😀',
      '\u0301',
      ' ',
      'a'.repeat(3000),
      'Task:focus',
      'Task:*',
      '*',
      'near',
      '53.8|-1.7|5|km',
      '-location.near',
      '__proto__',
      'é',
      '\\,',
      "'",
      '"',
    ];
    for (let round = 0; round < 10_000; round++) {
      const type = pick(searchableTypes());
      const query = new URLSearchParams();
      const parameters = 1 + Math.floor(random() * 3);
      for (let each = 0; each < parameters; each++) {
        const code = random() < 0.7 ? pick(searchParametersOf(type)).code : pick(names);
        query.append(
          code + pick(joints),
          Array.from({ length: Math.floor(random() * 6) }, () => pick(pieces)).join(''),
        );
      }
      expectUnderstoodOrRefused(type, query, random() < 0.5);
    }
  });

  it('of great length do not hang', () => {
    const long = 100_000;
    const texts = [
      '\\'.repeat(long),
      'a'.repeat(long),
      '|'.repeat(long),
      '9'.repeat(long),
      ' '.repeat(long),
      '/'.repeat(long),
      'A/'.repeat(long),
    ];
    const bounds = { valueLength: long, values: long, spelledValues: long };
    for (const { code } of [...searchParametersOf('Observation'), idParameter, lastUpdatedParameter]) {
      for (const text of texts)
        expectUnderstoodOrRefused('Observation', new URLSearchParams([[code, text]]), false, bounds);
    }
    const names = [...texts, 'subject.'.repeat(long), '_has:Task:focus:'.repeat(long), ':'.repeat(long)];
    for (const name of names) expectUnderstoodOrRefused('Observation', new URLSearchParams([[name, 'x']]), false);
  });
});

function expectUnderstoodOrRefused(type: string, query: URLSearchParams, lenient: boolean, limits = {}): void {
  try {
    const { query: parsed } = parseSearch(type, query, { lenient, limits });
    expect(normalisedCriteria(type, parsed.criteria)).not.toMatch(/\\u0000/);
  } catch (fault) {
    if (!(fault instanceof FhirError) || fault.status !== 400) throw fault;
  }
}

/** Mulberry32: the same sequence every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
