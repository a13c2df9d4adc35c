import { createValidator } from '../validator.js';

const { validate } = createValidator();

function found(resource: unknown): unknown[] {
  return validate(resource).map(({ code, expression, diagnostics }) => [
    code,
    expression?.[0],
    /\((?:[^()]*: )?([^()]*)\)\.$/.exec(diagnostics)?.[1],
  ]);
}

const broken = (expression: string, key: string): unknown[] => [['invariant', expression, key]];

describe('invariants of Bundles', () => {
  const bundle = (type: string, more: object): unknown => ({ resourceType: 'Bundle', type, ...more });
  const resource = { resourceType: 'Patient' };
  const request = { method: 'POST', url: 'Patient' };
  const header = { resourceType: 'MessageHeader', eventUri: 'http://x', source: { endpoint: 'http://x' } };

  it.each([
    ['batch', { entry: [{ resource, request }] }],
    ['searchset', { total: 1, entry: [{ resource, search: { mode: 'match' } }] }],
    [
      'history',
      {
        entry: [
          { fullUrl: 'http://x', resource, request, response: { status: '200' } },
          { fullUrl: 'http://x', request, response: { status: '204' } },
        ],
      },
    ],
    ['message', { entry: [{ resource: header }, { resource }] }],
    [
      'collection',
      {
        entry: [
          { fullUrl: 'http://x', resource: { ...resource, meta: { versionId: '1' } } },
          { fullUrl: 'http://x', resource: { ...resource, meta: { versionId: '2' } } },
        ],
      },
    ],
  ])('accepts a %s', (type, more) => {
    expect(found(bundle(type, more))).toEqual([]);
  });

  it.each([
    ['Bundle', 'bdl-1', bundle('collection', { total: 1 })],
    ['Bundle.entry[0].search', 'bdl-2', bundle('collection', { entry: [{ resource, search: { mode: 'match' } }] })],
    ['Bundle.entry[0].request', 'bdl-3', bundle('transaction', { entry: [{ resource }] })],
    ['Bundle.entry[0].request', 'bdl-3', bundle('message', { entry: [{ resource: header, request }] })],
    ['Bundle.entry[0].response', 'bdl-4', bundle('transaction-response', { entry: [{ resource }] })],
    ['Bundle.entry[0]', 'bdl-5', bundle('collection', { entry: [{ fullUrl: 'http://x' }] })],
    [
      'Bundle.entry[1].fullUrl',
      'bdl-7',
      bundle('collection', {
        entry: [
          { fullUrl: 'http://x', resource },
          { fullUrl: 'http://x', resource },
        ],
      }),
    ],
    [
      'Bundle.entry[0]',
      'bdl-8',
      bundle('collection', { entry: [{ fullUrl: 'http://x/Patient/1/_history/1', resource }] }),
    ],
    ['Bundle', 'bdl-12', bundle('message', { entry: [{ resource }, { resource: header }] })],
  ])('refuses %s that breaks %s', (expression, key, value) => {
    expect(found(value)).toEqual(broken(expression, key));
  });

  it('holds documents to theirs', () => {
    expect(found(bundle('document', { entry: [{ resource }] }))).toEqual(
      ['bdl-9', 'bdl-10', 'bdl-11'].flatMap((key) => broken('Bundle', key)),
    );
  });

  it('checks the resource of each entry and names those that are not supported', () => {
    const entry = [
      { resource },
      { resource: { resourceType: 'Claim' } },
      { resource: { ...resource, gender: 'x' } },
      { resource: {} },
    ];
    expect(validate(bundle('collection', { entry })).map(({ code, expression }) => [code, expression?.[0]])).toEqual([
      ['not-supported', 'Bundle.entry[1].resource'],
      ['code-invalid', 'Bundle.entry[2].resource.gender'],
      ['structure', 'Bundle.entry[3].resource'],
    ]);
  });
});
