import { createValidator } from './validator.js';

const { validate } = createValidator();
const task = { resourceType: 'Task', status: 'requested', intent: 'order' };

function nested(depth: number, inner: unknown, wrap: (inner: unknown) => unknown): unknown {
  let value = inner;
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
}

describe('hostile resources', () => {
  it.each([
    [
      'extensions',
      {
        ...task,
        extension: [nested(20_000, { url: 'x', valueString: 'x' }, (inner) => ({ url: 'x', extension: [inner] }))],
      },
    ],
    [
      'items',
      {
        resourceType: 'Questionnaire',
        status: 'draft',
        item: [
          nested(20_000, { linkId: '1', type: 'group' }, (inner) => ({ linkId: '1', type: 'group', item: [inner] })),
        ],
      },
    ],
    [
      'Bundles',
      nested(20_000, task, (inner) => ({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: inner }] })),
    ],
    [
      'contained resources',
      nested(20_000, { ...task, id: 'a' }, (inner) => ({ ...task, id: 'a', contained: [inner] })),
    ],
    [
      'parameters',
      {
        resourceType: 'Parameters',
        parameter: [nested(20_000, { name: 'x' }, (inner) => ({ name: 'x', part: [inner] }))],
      },
    ],
  ])('stops with one fault at %s nested too deep', (_, resource) => {
    expect(validate(resource)).toEqual([
      {
        severity: 'error',
        code: 'structure',
        diagnostics: 'Elements are nested deeper than 100 levels; nothing below was looked at.',
        expression: [expect.any(String)],
      },
    ]);
  });

  it('does not look into what it does not know', () => {
    expect(validate({ ...task, zzzzzzzzzz: nested(100_000, 1, (inner) => [inner]) })).toHaveLength(1);
  });

  it('lists 100 faults and says that there are more', () => {
    const issues = validate({ ...task, note: Array.from({ length: 200_000 }, () => ({})) });
    expect(issues).toHaveLength(101);
    expect(issues.at(-1)).toEqual({
      severity: 'information',
      code: 'informational',
      diagnostics: 'There are more than 100 faults; only the first 100 are listed.',
    });
  });

  it('finds the fault that comes after many warnings', () => {
    const dangling = { reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' };
    const request = { method: 'POST', url: 'Task' };
    const entry = [...Array.from({ length: 500 }, () => ({ ...task, for: dangling })), { ...task, status: 'x' }];
    const issues = validate({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: entry.map((resource) => ({ resource, request })),
    });
    expect(issues.map(({ severity }) => severity)).toEqual([...Array<string>(50).fill('warning'), 'error']);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'])(
    'refuses %s as an element, at any depth',
    (name) => {
      const poison = `{"resourceType":"Task","status":"requested","intent":"order","${name}":{"x":1},"code":{"text":"x","${name}":1}}`;
      expect(validate(JSON.parse(poison)).map(({ code }) => code)).toEqual(['structure', 'structure']);
      expect(Object.prototype).not.toHaveProperty('x');
    },
  );

  it('refuses names of all objects where it looks codes and types up', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const resources = names.flatMap((name) => [
      { ...task, status: name },
      { ...task, focus: { reference: `${name}/1` } },
      { ...task, contained: [{ resourceType: name, id: 'a' }] },
      { resourceType: name },
    ]);
    expect(resources.filter((resource) => validate(resource).length === 0)).toEqual([]);
  });

  it('names no element of a million letters', () => {
    expect(validate({ ...task, ['x'.repeat(1_000_000)]: 1 })).toEqual([
      {
        severity: 'error',
        code: 'structure',
        expression: ['Task'],
        diagnostics: 'Here is an element whose name is not one of FHIR.',
      },
    ]);
  });
});
