import { FhirError } from './issue.js';
import { parseJson, stringifyJson } from './json.js';
import { readJson } from './json-reader.js';

describe('random documents', () => {
  const random = seeded(7);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const strings = [
    '',
    'a',
    'ü',
    '😀',
    'a"b',
    'back\\slash',
    '\\',
    'line\nbreak',
    '{"a":1}',
    '12:30',
    'x'.repeat(40),
    '\u2028',
    '\u0001',
  ];
  const numbers = ['0', '-1', '1.10', '0.00', '1e3', '-0', '12345678901234567890', '1.5', '1E-9', '2.500', '7e+2'];

  function text(depth: number): string {
    const kind = below(depth > 5 ? 4 : 6);
    if (kind === 4) return `[${Array.from({ length: below(4) }, () => text(depth + 1)).join(',')}]`;
    if (kind === 5)
      return `{${Array.from({ length: below(5) }, (_, at) => `${JSON.stringify(`${pick(strings)}-${String(at)}`)}:${text(depth + 1)}`).join(',')}}`;
    return kind === 0 ? pick(['true', 'false', 'null']) : kind === 1 ? pick(numbers) : JSON.stringify(pick(strings));
  }

  const document = (): string => `{"resourceType":[${text(1)}],"b":[${text(1)},${text(1)}],"c":{"d":${text(0)}}}`;

  it('come back as they were sent, to the letter', () => {
    for (let round = 0; round < 3000; round++) {
      const sent = document();
      const value = parseJson(sent);
      expect(value).toEqual(JSON.parse(sent));
      expect(stringifyJson({ ...(value as object) })).toBe(sent);
      expect(stringifyJson(readJson(sent, 64))).toBe(sent);
    }
  });

  it('once spoilt are refused or read as JSON.parse reads them, quickly and in no other way', () => {
    const shards = [
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '1.10',
      '-',
      'e',
      '.',
      '0',
      ' ',
      '\n',
      '\0',
      '\ud800',
      '\\u0000',
      '\\ud83d',
      'null',
      '"a":',
      '"__proto__":',
      '/*',
      '\uFEFF',
    ];
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < 10_000; round++) {
      let spoilt = document();
      for (let change = 0; change <= below(3); change++) {
        const at = below(spoilt.length + 1);
        spoilt = spoilt.slice(0, at) + pick(['', pick(shards)]) + spoilt.slice(at + below(3));
      }
      outcomes[readOrRefused(spoilt)]++;
    }
    expect(outcomes.read).toBeGreaterThan(300);
    expect(outcomes.refused).toBeGreaterThan(3000);
  });

  it('of great length do not hang', () => {
    const long = 1_000_000;
    for (const shard of [
      '"',
      '\\',
      '"\\',
      '\\"',
      '"\\"',
      '[',
      '{"',
      '1',
      '-',
      '1.',
      ' ',
      '\n',
      '"a":',
      '[1.10,',
      '"a",',
      '\\\\"',
    ]) {
      readOrRefused(shard.repeat(long / shard.length));
      readOrRefused(`["${shard.repeat(long / shard.length)}"]`);
    }
  });
});

/** Fails where the two disagree for any reason but those that JSON.parse does not know. */
function readOrRefused(text: string): 'read' | 'refused' {
  const refused = sentenceOn(text);
  if (refused === undefined) {
    expect(parseJson(text)).toEqual(JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text));
    return 'read';
  }
  const knownToJson = /^The JSON (?:is not valid|ends too early)/.test(refused);
  if (knownToJson) expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  return 'refused';
}

/** The sentence of a refusal. */
function sentenceOn(text: string): string | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (fault) {
    if (!(fault instanceof FhirError) || fault.status !== 400) throw fault;
    return fault.message;
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
