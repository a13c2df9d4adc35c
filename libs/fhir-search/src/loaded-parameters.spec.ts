import type { FhirResource, SearchParameter as Definition } from 'fhir/r4';
import { FhirError } from '#fhir';
import { indexEntriesOf } from './index-entries.js';
import {
  addSearchParameter,
  loadedSearchParameters,
  readySearchParameter,
  removeSearchParameter,
} from './loaded-parameters.js';
import { searchParameter, searchParametersOf } from './parameters.js';
import { parseSearch } from './parse-search.js';
import { searchParameterDefinition } from './search-parameter-resources.js';

const url = 'https://x.example/SearchParameter/task-description';

function definition(changes: object = {}): Definition {
  return {
    resourceType: 'SearchParameter',
    url,
    name: 'description',
    status: 'active',
    description: 'Words of the description.',
    code: 'description',
    base: ['Task'],
    type: 'string',
    expression: 'Task.description',
    ...changes,
  };
}

function task(changes: object = {}): FhirResource {
  return { resourceType: 'Task', status: 'requested', intent: 'order', description: 'Weekly walk', ...changes };
}

function indexed(resource: FhirResource, code: string): unknown {
  return indexEntriesOf(resource).find(({ parameter }) => parameter.code === code)?.values;
}

function search(query: string) {
  return parseSearch('Task', new URLSearchParams(query), { lenient: false }).query;
}

function faultsOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (fault) {
    if (!(fault instanceof FhirError)) throw fault;
    return fault.issues.map(({ code, expression }) => `${code} ${expression?.join() ?? ''}`);
  }
}

afterEach(() => {
  for (const { definition: loaded } of loadedSearchParameters()) removeSearchParameter(loaded.url);
});

describe('a SearchParameter that is loaded', () => {
  it('is indexed from that moment, searched by when it is ready, and gone when it is removed', () => {
    const before = searchParametersOf('Task');
    expect(indexed(task(), 'description')).toBeUndefined();

    const added = addSearchParameter(definition());
    expect([added.state, added.parameters]).toEqual([
      'indexing',
      [
        {
          type: 'Task',
          parameter: {
            code: 'description',
            type: 'string',
            url,
            expression: 'Task.description',
            targets: [],
            single: false,
          },
        },
      ],
    ]);
    expect(indexed(task(), 'description')).toEqual([{ type: 'string', value: 'weekly walk', exact: 'Weekly walk' }]);
    for (const query of [
      'description=x',
      'description:missing=true',
      '_sort=description',
      'part-of.description=x',
      '_has:Task:part-of:description=x',
    ])
      expect(() => search(query)).toThrow(
        "Task's search parameter 'description' is being indexed; it can be searched by when that is done.",
      );

    expect(readySearchParameter(url)?.state).toBe('ready');
    expect(search('description:contains=walk&_sort=-description')).toMatchObject({
      criteria: [
        { parameter: { code: 'description' }, modifier: 'contains', values: [{ type: 'string', value: 'walk' }] },
      ],
      sort: [{ parameter: { code: 'description' }, descending: true }],
    });
    expect(loadedSearchParameters().map(({ state, definition: { code } }) => [code, state])).toEqual([
      ['description', 'ready'],
    ]);

    expect(removeSearchParameter(url)).toBe(true);
    expect(removeSearchParameter(url)).toBe(false);
    expect(() => search('description=x')).toThrow('is not known');
    expect(indexed(task(), 'description')).toBeUndefined();
    expect(searchParametersOf('Task')).toEqual(before);
  });

  it('is missing from no answer while it is indexed: a chain over several types is refused as a whole', () => {
    addSearchParameter(definition({ code: 'name', expression: 'Task.description' }));
    expect(() => search('focus.name=x')).toThrow("Task's search parameter 'name' is being indexed");
    expect(() => search('part-of.focus.name=x')).toThrow("Task's search parameter 'name' is being indexed");
    readySearchParameter(url);
    expect(search('focus.name=x').criteria).toHaveLength(1);
  });

  it('is followed by an include of everything when it is ready', () => {
    const included = () => search('_include=*').includes.map(({ parameter }) => parameter.code);
    const before = included();
    addSearchParameter(definition({ code: 'about', type: 'reference', target: ['Patient'], expression: 'Task.for' }));
    expect(included()).toEqual(before);
    readySearchParameter(url);
    expect(included()).toEqual([...before, 'about']);
  });

  it('is narrowed to each of its types', () => {
    const expression =
      "Task.for.where(resolve() is Patient) | Slot.schedule | Resource.meta.extension('https://x.example/of').value";
    addSearchParameter(
      definition({
        code: 'about',
        type: 'reference',
        base: ['Task', 'Slot'],
        target: ['Patient', 'Schedule'],
        expression,
      }),
    );
    expect([searchParameter('Task', 'about')?.expression, searchParameter('Slot', 'about')?.expression]).toEqual([
      "Task.for.where(resolve() is Patient) | Task.meta.extension('https://x.example/of').value",
      "Slot.schedule | Slot.meta.extension('https://x.example/of').value",
    ]);
    const meta = { extension: [{ url: 'https://x.example/of', valueReference: { reference: 'Patient/2' } }] };
    expect(indexed(task({ for: { reference: 'Patient/1' }, meta }), 'about')).toEqual([
      { type: 'reference', value: 'Patient/1' },
      { type: 'reference', value: 'Patient/2' },
    ]);
    expect(indexed(task({ for: { reference: 'Group/1' } }), 'about')).toBeUndefined();
  });

  it.each<[string, string, object, object[]]>([
    [
      'token',
      'Task.input.value.ofType(Coding)',
      { input: [{ type: {}, valueCoding: { system: 's', code: 'c' } }] },
      [{ type: 'token', system: 's', value: 'c' }],
    ],
    ['token', 'Task.priority', { priority: 'urgent' }, [{ type: 'token', value: 'urgent' }]],
    ['token', 'Task.note.exists()', { note: [{ text: 'x' }] }, [{ type: 'token', value: 'true' }]],
    [
      'string',
      "iif(Task.description.startsWith('W'), Task.description, {})",
      {},
      [{ type: 'string', value: 'weekly walk', exact: 'Weekly walk' }],
    ],
    [
      'number',
      'Task.restriction.repetitions',
      { restriction: { repetitions: 3 } },
      [{ type: 'number', low: 3, high: 3 }],
    ],
    [
      'quantity',
      'Task.input.value.ofType(Quantity)',
      { input: [{ type: {}, valueQuantity: { value: 3.5 } }] },
      [{ type: 'number', low: 3.5, high: 3.5 }],
    ],
    [
      'uri',
      'Task.instantiatesUri',
      { instantiatesUri: 'https://x.example' },
      [{ type: 'uri', value: 'https://x.example' }],
    ],
    [
      'date',
      'Task.restriction.period',
      { restriction: { period: { start: '2026', end: '2026' } } },
      [{ type: 'date', low: new Date('2026-01-01'), high: new Date('2027-01-01') }],
    ],
  ])('of type %s reads %s', (type, expression, changes, expected) => {
    addSearchParameter(definition({ type, expression }));
    expect(indexed(task(changes), 'description')).toEqual(expected);
  });

  it('casts each of several elements', () => {
    addSearchParameter(
      definition({ type: 'token', expression: '(Task.input.value as code) | Task.output.value.as(code)' }),
    );
    const [input, output] = [
      ['a', 'b'],
      ['c', 'd'],
    ].map((codes) => codes.map((valueCode) => ({ type: {}, valueCode })));
    const tokens = ['a', 'b', 'c', 'd'].map((value) => ({ type: 'token', value }));
    expect(indexed(task({ input, output }), 'description')).toEqual(tokens);
  });

  it('that cannot be evaluated on a resource says nothing of it', () => {
    addSearchParameter(definition({ expression: 'Task.note.text.single()' }));
    expect(indexed(task({ note: [{ text: 'a' }] }), 'description')).toEqual([
      { type: 'string', value: 'a', exact: 'a' },
    ]);
    expect(indexed(task({ note: [{ text: 'a' }, { text: 'b' }] }), 'description')).toBeUndefined();
  });

  it('is served with the modifiers that work', () => {
    addSearchParameter(definition());
    expect(searchParameterDefinition(url)).toEqual({
      ...definition(),
      multipleOr: true,
      multipleAnd: true,
      modifier: ['missing', 'exact', 'contains'],
    });
  });
});

describe('a SearchParameter is refused', () => {
  it.each<[string, object, string[]]>([
    ['without a url', { url: undefined }, ['value SearchParameter.url']],
    [
      'with the url of one of the specification',
      { url: 'http://hl7.org/fhir/SearchParameter/Task-owner' },
      ['duplicate SearchParameter.url'],
    ],
    ['with a code in use', { code: 'owner' }, ['duplicate SearchParameter.code']],
    ['with a code of all types', { code: '_tag' }, ['value SearchParameter.code', 'duplicate SearchParameter.code']],
    ['with a code that cannot stand in a query', { code: 'a.b' }, ['value SearchParameter.code']],
    ['for a type that is not served', { base: ['Claim'] }, ['not-supported SearchParameter.base']],
    ['for no type', { base: [] }, ['not-supported SearchParameter.base']],
    ['for one type twice', { base: ['Task', 'Task'] }, ['not-supported SearchParameter.base']],
    ['for a base that is no list', { base: 'Task' }, ['not-supported SearchParameter.base']],
    ['of a composite', { type: 'composite' }, ['not-supported SearchParameter.type']],
    ['of a type that is unknown', { type: 'colour' }, ['not-supported SearchParameter.type']],
    ['as a reference to nothing', { type: 'reference' }, ['required SearchParameter.target']],
    ['without an expression', { expression: undefined }, ['value SearchParameter.expression']],
    ['with an expression that is no FHIRPath', { expression: 'Task.(' }, ['value SearchParameter.expression']],
    ['with an expression without an end', { expression: "Task.where(a='" }, ['value SearchParameter.expression']],
    ['with a function that is unknown', { expression: 'Task.colour()' }, ['value SearchParameter.expression']],
    [
      'that looks at other resources',
      { expression: 'Task.focus.resolve().status' },
      ['value SearchParameter.expression'],
    ],
    ['that speaks of another type', { expression: 'Slot.status' }, ['value SearchParameter.expression']],
    [
      'with a very long expression',
      { expression: `Task${'.part'.repeat(1000)}` },
      ['value SearchParameter.expression'],
    ],
    [
      'that is nothing at all',
      { url: 1, code: {}, type: null, base: null, expression: [] },
      [
        'value SearchParameter.url',
        'value SearchParameter.code',
        'not-supported SearchParameter.type',
        'value SearchParameter.expression',
        'not-supported SearchParameter.base',
      ],
    ],
  ])('%s', (_, changes, expected) => {
    expect(faultsOf(() => addSearchParameter(definition(changes)))).toEqual(expected);
    expect(loadedSearchParameters()).toEqual([]);
  });

  it('a second time', () => {
    addSearchParameter(definition());
    expect(faultsOf(() => addSearchParameter(definition({ code: 'words' })))).toEqual([
      'duplicate SearchParameter.url',
    ]);
    expect(faultsOf(() => addSearchParameter(definition({ url: `${url}-2` })))).toEqual([
      'duplicate SearchParameter.code',
    ]);
  });
});
