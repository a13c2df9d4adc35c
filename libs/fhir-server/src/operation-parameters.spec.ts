import type { Parameters, ParametersParameter } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { FhirRequest, OperationDefinition } from './operation.js';
import { operationParametersOf } from './operation-parameters.js';

const definition: OperationDefinition = {
  code: 'sort',
  title: 'Sort',
  description: 'Sorts.',
  system: true,
  types: [],
  instance: false,
  methods: ['GET', 'POST'],
  affectsState: false,
  parameters: [
    { name: 'by', use: 'in', min: 1, max: '1', type: 'code', documentation: 'What by.' },
    { name: 'word', use: 'in', min: 0, max: '*', type: 'string', documentation: 'What.' },
    { name: 'strict', use: 'in', min: 0, max: '1', type: 'boolean', documentation: 'How.' },
    { name: 'count', use: 'in', min: 0, max: '1', type: 'integer', documentation: 'How many.' },
    { name: 'coding', use: 'in', min: 0, max: '1', type: 'Coding', documentation: 'A Coding.' },
    { name: 'sorted', use: 'out', min: 1, max: '1', type: 'string', documentation: 'The answer.' },
  ],
};

function request(query: string, parameter?: ParametersParameter[], headers: Record<string, string> = {}): FhirRequest {
  const resource: Parameters = { resourceType: 'Parameters', ...(parameter ? { parameter } : {}) };
  return {
    caller: { client: 'test', role: 'practice', audience: ['public'] },
    act: { agent: 'test', interaction: '$sort', correlationId: 'test' },
    method: parameter ? 'POST' : 'GET',
    query: new URLSearchParams(query),
    headers,
    ...(parameter ? { resource } : {}),
    now: new Date(0),
    newId: () => 'id',
  };
}

function refusal(make: () => unknown): string {
  try {
    make();
    return 'it was taken';
  } catch (error) {
    return error instanceof FhirError ? `${String(error.status)} ${error.message}` : String(error);
  }
}

describe('the parameters of an operation', () => {
  it('come by address, by body, or by both', () => {
    const parameters = operationParametersOf(
      request('by=length&word=a', [
        { name: 'word', valueString: 'b' },
        { name: 'strict', valueBoolean: false },
        { name: 'count', valueInteger: 3 },
        { name: 'coding', valueCoding: { code: 'c' } },
      ]),
      definition,
    );
    const values = [
      parameters.text('by'),
      parameters.texts('word'),
      parameters.flag('strict'),
      parameters.count('count'),
    ];
    expect(values).toEqual(['length', ['a', 'b'], false, 3]);
    expect([parameters.coding('coding'), parameters.text('none'), parameters.has('word')]).toEqual([
      { code: 'c' },
      undefined,
      true,
    ]);
  });

  it('that are not taken, missing or too many are refused by name', () => {
    const refusals = ['bye=x', 'sorted=x', 'a%20person=x', '', 'by=x&by=y', 'by='].map((query) =>
      refusal(() => operationParametersOf(request(query), definition).text('by')),
    );
    const taken = 'It takes: by, word, strict, count, coding.';
    expect(refusals).toEqual([
      `400 $sort does not take the parameter bye. Did you mean by? ${taken}`,
      `400 $sort does not take the parameter sorted. ${taken}`,
      `400 $sort does not take the parameter. ${taken}`,
      '400 The parameter by is missing.',
      '400 The parameter by is not understood: it is given more than once.',
      '400 The parameter by is not understood: it is empty.',
    ]);
  });

  it('that are not known are left out for a lenient client', () => {
    const lenient = request('by=x&bye=y', undefined, { prefer: 'handling=lenient' });
    expect(operationParametersOf(lenient, definition).text('by')).toBe('x');
  });

  it('of another type are refused', () => {
    const given = operationParametersOf(
      request('by=x&strict=perhaps&count=-1', [
        { name: 'coding', valueString: 'c' },
        { name: 'word', valueInteger: 1 },
      ]),
      definition,
    );
    const refusals = [
      refusal(() => given.flag('strict')),
      refusal(() => given.count('count')),
      refusal(() => given.coding('coding')),
      refusal(() => given.texts('word')),
    ];
    expect(refusals).toEqual([
      '400 The parameter strict is not understood: true or false is expected.',
      '400 The parameter count is not understood: a whole number from 0 is expected.',
      '400 The parameter coding is not understood: a Coding in a POST is expected.',
      '400 The parameter word is not understood: a text is expected: valueUri, valueCode, valueString.',
    ]);
  });

  it('come in Parameters and in nothing else', () => {
    const other = { ...request('by=x', []), resource: { resourceType: 'Basic', code: {} } as const };
    expect(refusal(() => operationParametersOf(other, definition))).toBe('400 Here is a Basic; allowed is Parameters.');
  });
});
