import { FhirError } from '#fhir';
import { hierarchyOf, modifiersOf, targetModifiers } from './modifiers.js';
import {
  idParameter,
  lastUpdatedParameter,
  searchableTypes,
  searchParameter,
  searchParametersOf,
} from './parameters.js';
import { parseSearch } from './parse-search.js';
import type { SearchParameter, SearchParameterType, SearchValue } from './search.js';

const every = [
  'missing',
  'exact',
  'contains',
  'not',
  'identifier',
  'in',
  'not-in',
  'above',
  'below',
  'of-type',
  'text',
  'Patient',
];

function parameter(type: string, code: string): SearchParameter {
  const found = searchParameter(type, code);
  if (found === undefined) throw new Error(`${type} has no ${code}`);
  return found;
}

/** The values of the one criterion, or the sentence of the refusal. */
function asked(type: string, query: string): readonly SearchValue[] | string {
  try {
    const [criterion] = parseSearch(type, new URLSearchParams(query), { lenient: false }).query.criteria;
    if (criterion === undefined || !('parameter' in criterion)) throw new Error('It leads to other resources.');
    return criterion.values;
  } catch (fault) {
    if (!(fault instanceof FhirError) || fault.status !== 400) throw fault;
    return fault.message;
  }
}

describe('the modifiers of a parameter', () => {
  it.each<[string, string, string, string[]]>([
    ['token of codes', 'Task', 'status', ['missing', 'not', 'in', 'not-in', 'above', 'below']],
    ['token of concepts', 'Task', 'code', ['missing', 'not', 'in', 'not-in', 'above', 'below', 'text']],
    ['token of identifiers', 'Task', 'identifier', ['missing', 'not', 'text', 'of-type']],
    ['token of true and false', 'Patient', 'active', ['missing', 'not']],
    ['token that is computed', 'Patient', 'deceased', ['missing', 'not']],
    ['token of ids', 'Task', '_id', ['missing', 'not']],
    ['token of telephone numbers', 'Patient', 'phone', ['missing', 'not']],
    ['string', 'Patient', 'name', ['missing', 'exact', 'contains']],
    ['uri', 'Task', '_profile', ['missing', 'above', 'below']],
    ['reference', 'Task', 'encounter', ['missing', 'identifier', 'above', 'below']],
    ['reference to a tree', 'Location', 'partof', ['missing', 'identifier', 'above', 'below']],
    ['reference to no tree', 'Task', 'part-of', ['missing', 'identifier']],
    ['reference by canonical', 'QuestionnaireResponse', 'questionnaire', ['missing']],
    ['date', 'Task', 'authored-on', ['missing']],
    ['date of every type', 'Task', '_lastUpdated', ['missing']],
    ['number', 'Encounter', 'length', ['missing']],
    ['quantity', 'Observation', 'value-quantity', ['missing']],
    ['composite', 'Observation', 'code-value-quantity', []],
    ['special', 'Location', 'near', ['missing']],
  ])('of type %s: %s?%s takes %j', (_, type, code, expected) => {
    expect(modifiersOf(parameter(type, code))).toEqual(expected);
  });

  it('are taken or refused, and a refusal names the parameter and the nearest of its own', () => {
    for (const type of searchableTypes()) {
      for (const each of [...searchParametersOf(type), idParameter, lastUpdatedParameter]) {
        const allowed = [...modifiersOf(each), ...targetModifiers(each)] as string[];
        for (const modifier of every) expectTaken(type, each, { modifier, isAllowed: allowed.includes(modifier) });
      }
    }
  });

  it('of a reference are the types served that it may point to', () => {
    expect(targetModifiers(parameter('Task', 'requester'))).toEqual([
      'Patient',
      'RelatedPerson',
      'Device',
      'Organization',
      'Practitioner',
      'PractitionerRole',
    ]);
    expect(targetModifiers(parameter('Task', 'code'))).toEqual([]);
  });

  it('go up and down a tree of places, of organisations and of encounters', () => {
    const trees = searchableTypes().filter((type) => hierarchyOf(type) !== undefined);
    expect(trees.map((type) => [type, hierarchyOf(type)?.code])).toEqual([
      ['Encounter', 'part-of'],
      ['Organization', 'partof'],
      ['Location', 'partof'],
    ]);
  });
});

const samples: Record<SearchParameterType, string> = {
  token: 'http://x.example|a',
  string: 'ann',
  date: '2026',
  reference: '1',
  uri: 'http://x.example',
  number: '1',
  quantity: '1',
  composite: 'a$b',
  special: '1|2',
};
const modifierSamples: Record<string, string> = {
  missing: 'true',
  identifier: 'http://x.example|a',
  in: 'http://x.example/vs',
  'not-in': 'http://x.example/vs',
  'of-type': 'http://x.example|a|b',
  text: 'ann',
};

function expectTaken(type: string, { code, type: kind }: SearchParameter, { modifier, isAllowed }: Expected): void {
  const sample = code === '_id' && modifier !== 'missing' ? '1' : (modifierSamples[modifier] ?? samples[kind]);
  const answer = asked(type, `${code}:${modifier}=${encodeURIComponent(sample)}`);
  const refusal = new RegExp(
    `^(The )?'${code}' (modifier '${modifier}' is not known\\. The nearest known one is|takes no modifier)`,
  );
  const isTaken = typeof answer !== 'string';
  expect([type, code, modifier, isTaken]).toEqual([type, code, modifier, isAllowed]);
  if (!isTaken) expect(answer).toMatch(refusal);
}

interface Expected {
  modifier: string;
  isAllowed: boolean;
}

describe('the values under a modifier', () => {
  it.each<[string, string, object[]]>([
    [
      'Task',
      'code:not=http://x.example|a,b',
      [
        { type: 'token', system: 'http://x.example', value: 'a' },
        { type: 'token', value: 'b' },
      ],
    ],
    ['Task', 'code:text=Weekly  Wàlk', [{ type: 'text', value: 'weekly walk' }]],
    ['Task', 'code:in=https://x.example/vs|2', [{ type: 'valueSet', url: 'https://x.example/vs|2' }]],
    ['Task', 'code:not-in=ValueSet/1', [{ type: 'valueSet', url: 'ValueSet/1' }]],
    ['Task', 'code:below=http://x.example|a', [{ type: 'token', system: 'http://x.example', value: 'a' }]],
    ['Task', 'status:above=draft', [{ type: 'token', system: 'http://hl7.org/fhir/task-status', value: 'draft' }]],
    [
      'Task',
      'identifier:of-type=http://x.example|MR|1\\|2',
      [{ type: 'typedIdentifier', system: 'http://x.example', code: 'MR', value: '1|2' }],
    ],
    ['Task', 'owner:identifier=|1', [{ type: 'token', system: '', value: '1' }]],
    ['Task', 'owner:Organization=1', [{ type: 'reference', value: 'Organization/1' }]],
    [
      'Task',
      'owner:below=1,Organization/2',
      [
        { type: 'reference', value: 'Organization/1' },
        { type: 'reference', value: 'Organization/2' },
      ],
    ],
    ['Procedure', 'location:below=1', [{ type: 'reference', value: 'Location/1' }]],
    ['Task', '_profile:below=http://x.example/a', [{ type: 'uri', value: 'http://x.example/a' }]],
    ['Patient', 'name:exact=Ann', [{ type: 'string', value: 'ann', exact: 'Ann' }]],
    ['Patient', 'name:contains=NN', [{ type: 'string', value: 'nn' }]],
  ])('are read: %s?%s', (type, query, expected) => {
    expect(asked(type, query)).toEqual(expected);
  });

  it.each([
    ['Task', 'code:in=nothing', "The value of 'code:in' is not understood: a value set's URL is expected."],
    ['Task', 'code:below=a', "The value of 'code:below' is not understood: system|code is expected."],
    ['Task', 'code:below=http://x.example|', "The value of 'code:below' is not understood: system|code is expected."],
    ['Task', 'code:text=%20', "The value of 'code:text' is not understood: a letter or figure is expected."],
    [
      'Task',
      'identifier:of-type=a|b',
      "The value of 'identifier:of-type' is not understood: system|code|value is expected: the identifier's type, then its value.",
    ],
    [
      'Task',
      'identifier:of-type=|b|c',
      "The value of 'identifier:of-type' is not understood: system|code|value is expected: the identifier's type, then its value.",
    ],
    [
      'Task',
      'owner:below=Patient/1',
      "The value of 'owner:below' is not understood: an id, or Organization/id, is expected.",
    ],
    [
      'Task',
      'owner:Organization=Patient/1',
      "The value of 'owner:Organization' is not understood: an id has 1 to 64 letters, figures, dots and hyphens.",
    ],
    ['Task', 'owner:missing=maybe', "The value of 'owner:missing' is not understood: true or false is expected."],
  ])('are refused: %s?%s', (type, query, expected) => {
    expect(asked(type, query)).toBe(expected);
  });
});
