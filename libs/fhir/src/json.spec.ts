import { FhirError } from './issue.js';
import { parseJson, stringifyJson, withLiteralsOf } from './json.js';
import { withReferences } from './reference.js';

function refusal(
  text: string,
  maxDepth?: number,
): { status: number; code: string | undefined; sentence: string } | undefined {
  try {
    parseJson(text, maxDepth === undefined ? {} : { maxDepth });
    return undefined;
  } catch (fault) {
    if (!(fault instanceof FhirError)) throw fault;
    return { status: fault.status, code: fault.issues[0]?.code, sentence: fault.message };
  }
}

describe('decimals', () => {
  it.each([
    '1.10',
    '0.00',
    '1e3',
    '1E3',
    '1.0e-7',
    '-0',
    '-0.0',
    '100.000',
    '0.1234567890123456789',
    '123456789012345678',
    '123456789.012345678',
    '1e-400',
    '3.14',
    '12',
    '-5',
  ])('%s come back with their digits', (literal) => {
    const text = `{"resourceType":"Observation","valueQuantity":{"value":${literal},"unit":"m"},"component":[${literal},{"a":${literal}}]}`;
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it('are plain numbers to every reader', () => {
    expect(parseJson('{"valueQuantity":{"value":1.10}}')).toEqual({ valueQuantity: { value: 1.1 } });
  });

  it('keep their digits where the resource around them is copied and changed', () => {
    const resource = parseJson(
      '{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.10}}',
    ) as object;
    const copy = { ...resource, id: '1', status: 'amended', meta: { versionId: '2' } };
    expect(stringifyJson(copy)).toBe(
      '{"resourceType":"Observation","status":"amended","valueQuantity":{"value":1.10},"id":"1","meta":{"versionId":"2"}}',
    );
  });

  it('keep their digits where references are replaced beside them', () => {
    const text =
      '{"subject":{"reference":"urn:uuid:1"},"list":[{"value":2.50,"by":{"reference":"urn:uuid:1"}}],"valueQuantity":{"value":1.10}}';
    expect(stringifyJson(withReferences(parseJson(text), () => 'Patient/1'))).toBe(
      text.replaceAll('urn:uuid:1', 'Patient/1'),
    );
  });

  it('keep their digits in a copy that says where it comes from', () => {
    const quantity = parseJson('{"value":1.10,"unit":"m"}') as object;
    expect(stringifyJson(withLiteralsOf(quantity, { ...quantity, code: 'm' }))).toBe(
      '{"value":1.10,"unit":"m","code":"m"}',
    );
  });

  it('that were changed are written as they are now', () => {
    const quantity = parseJson('{"value":1.10}') as { value: number };
    quantity.value = 2;
    expect(stringifyJson(quantity)).toBe('{"value":2}');
  });
});

describe('what is written', () => {
  it.each([
    [undefined],
    [Number.NaN],
    [new Date(0)],
    [() => 1],
    ['\ud800'],
    [null],
    [[undefined, 1]],
    [{ a: undefined, 'ü"': [] }],
  ])('is what JSON.stringify writes, also beside a remembered decimal: %j', (value) => {
    const decimal = parseJson('{"d":1.10}');
    expect(stringifyJson({ value })).toBe(JSON.stringify({ value }));
    expect(stringifyJson([value, decimal])).toBe(JSON.stringify([value, { d: 0 }]).replace('"d":0', '"d":1.10'));
    expect(stringifyJson({ value, decimal })).toBe(
      JSON.stringify({ value, decimal: { d: 0 } }).replace('"d":0', '"d":1.10'),
    );
  });
});

describe('a document is refused with its place and without its values', () => {
  it.each<[string, string, string]>([
    ['', 'invalid', 'The JSON ends too early, at line 1, column 1.'],
    ['{"a":', 'invalid', 'The JSON ends too early, at line 1, column 6.'],
    ['{"a":"secret', 'invalid', 'The JSON ends too early, at line 1, column 13.'],
    ['{"a":[1,2', 'invalid', 'The JSON ends too early, at line 1, column 10.'],
    ['{\n  "a": 1\n  "b": 2\n}', 'invalid', "The JSON is not valid: ',' or '}' is expected, at line 3, column 3."],
    ['[1 2]', 'invalid', "The JSON is not valid: ',' or ']' is expected, at line 1, column 4."],
    ['{"a" 1}', 'invalid', "The JSON is not valid: ':' is expected, at line 1, column 6."],
    ['{a:1}', 'invalid', 'The JSON is not valid: a name in quotation marks is expected, at line 1, column 2.'],
    ['{1.10:1}', 'invalid', 'The JSON is not valid: a name in quotation marks is expected, at line 1, column 2.'],
    ['{"a":1,}', 'invalid', 'The JSON is not valid: a name in quotation marks is expected, at line 1, column 8.'],
    ['[1,]', 'invalid', 'The JSON is not valid: a value is expected, at line 1, column 4.'],
    ['[01]', 'invalid', "The JSON is not valid: ',' or ']' is expected, at line 1, column 3."],
    ['[+1]', 'invalid', 'The JSON is not valid: a value is expected, at line 1, column 2.'],
    ['[.5]', 'invalid', 'The JSON is not valid: a value is expected, at line 1, column 2.'],
    ['[NaN]', 'invalid', 'The JSON is not valid: a value is expected, at line 1, column 2.'],
    ["{'a':1}", 'invalid', 'The JSON is not valid: a name in quotation marks is expected, at line 1, column 2.'],
    ['{} {}', 'invalid', 'The JSON is not valid: nothing more is expected, at line 1, column 4.'],
    ['{}secret', 'invalid', 'The JSON is not valid: nothing more is expected, at line 1, column 3.'],
    ['<Patient/>', 'invalid', 'The JSON is not valid: a value is expected, at line 1, column 1.'],
    [
      '["a\nb"]',
      'invalid',
      'The JSON is not valid: a string without control characters and unknown escapes is expected, at line 1, column 2.',
    ],
    [
      '["\\x"]',
      'invalid',
      'The JSON is not valid: a string without control characters and unknown escapes is expected, at line 1, column 2.',
    ],
    [
      '["\\ud800"]',
      'invalid',
      'A JSON string holds U+0000 or half a surrogate pair, which are no characters, at line 1, column 2.',
    ],
    [
      '["\ud800"]',
      'invalid',
      'A JSON string holds U+0000 or half a surrogate pair, which are no characters, at line 1, column 2.',
    ],
    [
      '["\\u0000"]',
      'invalid',
      'A JSON string holds U+0000 or half a surrogate pair, which are no characters, at line 1, column 2.',
    ],
    ['[1e400]', 'invalid', 'A number in the JSON is too large, at line 1, column 2.'],
    [
      '{"status":"a","status":"b"}',
      'structure',
      "The name 'status' stands twice in one JSON object, at line 1, column 15.",
    ],
    ['{"a":{"b":1,"\\u0062":2}}', 'structure', "The name 'b' stands twice in one JSON object, at line 1, column 13."],
    [
      '{"a":{"x":1},"a":{"y":1.10}}',
      'structure',
      "The name 'a' stands twice in one JSON object, at line 1, column 14.",
    ],
    ['{"Ann Example":1,"Ann Example":2}', 'structure', 'A name stands twice in one JSON object, at line 1, column 18.'],
    ['{"__proto__":{}}', 'structure', "The name '__proto__' is not allowed in JSON, at line 1, column 2."],
    ['{"\\u005f_proto__":{}}', 'structure', "The name '__proto__' is not allowed in JSON, at line 1, column 2."],
    [
      '{"constructor":{"prototype":{}}}',
      'structure',
      "The name 'constructor' is not allowed in JSON, at line 1, column 2.",
    ],
  ])('%j', (text, code, sentence) => {
    expect(refusal(text)).toEqual({ status: 400, code, sentence });
  });

  it('where it is nested deeper than allowed', () => {
    const sentence = 'The JSON is nested deeper than 3 levels, at line 1, column 4.';
    expect(refusal('[[[[]]]]', 3)).toEqual({ status: 400, code: 'structure', sentence });
    expect(refusal('[[[]]]', 3)).toBeUndefined();
    expect(refusal('[['.repeat(32) + ']]'.repeat(32))).toBeUndefined();
    expect(refusal('['.repeat(65) + ']'.repeat(65))?.code).toBe('structure');
    expect(refusal('{"a":'.repeat(1_000_000))?.code).toBe('structure');
  });
});

describe('a document is taken', () => {
  it('with a byte order mark', () => {
    expect(parseJson('\uFEFF{"a":1}')).toEqual({ a: 1 });
  });

  it('whose text speaks of names that would be forbidden', () => {
    expect(parseJson('{"a":"__proto__","b":["constructor"]}')).toEqual({ a: '__proto__', b: ['constructor'] });
  });

  it('whose characters are escaped, pairs of surrogates too', () => {
    expect(parseJson('{"\\u0061":"\\ud83d\\ude00\\\\\\"\\/\\n","b":"\\\\u0000"}')).toEqual({
      a: '😀\\"/\n',
      b: '\\u0000',
    });
  });

  it.each(['null', 'true', '1', '1.10', '"a"', ' [ ] '])('that is nothing but %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});
