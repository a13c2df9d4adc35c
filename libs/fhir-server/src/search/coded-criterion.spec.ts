import { type Criterion, type ParameterCriterion, searchParameter } from '#fhir-search';
import type { SystemCode } from '#terminology';
import { createTerminology } from '#terminology';
import { codedCriteria } from './coded-criterion.js';
import { codesAtMost, type CodesQuestion } from './stored-codes.js';

const plants = 'https://example.org/CodeSystem/plants';
const trees = 'https://example.org/ValueSet/trees|2.0';

/** What was asked of the service that stores value sets; it knows two trees, and what lies below one. */
let asked: { questions: readonly CodesQuestion[]; reader: readonly string[] }[] = [];
beforeEach(() => {
  asked = [];
});

const known = {
  terminology: createTerminology(),
  storedCodes: (questions: readonly CodesQuestion[], reader: readonly string[]) => {
    asked.push({ questions, reader });
    return Promise.resolve(questions.map(storedFor));
  },
};

function storedFor(question: CodesQuestion): SystemCode[] | undefined {
  if ('valueSet' in question) return question.valueSet === trees ? plantsNamed('oak', 'elm') : undefined;
  if ('above' in question) return undefined;
  return question.below.code === 'oak' ? plantsNamed('oak', 'english-oak') : undefined;
}

function plantsNamed(...codes: string[]): SystemCode[] {
  return codes.map((code) => ({ system: plants, code }));
}

function criterion(modifier: ParameterCriterion['modifier'], value: ParameterCriterion['values'][number]): Criterion {
  const parameter = searchParameter('Observation', 'code');
  if (!parameter || modifier === undefined) throw new Error('Observation has a code.');
  return { parameter, modifier, values: [value] };
}

const inTrees = criterion('in', { type: 'valueSet', url: trees });
const belowOak = criterion('below', { type: 'token', system: plants, value: 'oak' });
const tokensOf = (...codes: string[]) => codes.map((value) => ({ type: 'token', system: plants, value }));

describe('criteria that mean codes without naming them', () => {
  it('bear the codes, of which those that are stored elsewhere are asked for by one question for all, and as the reader', async () => {
    const parameter = searchParameter('Patient', 'general-practitioner');
    if (!parameter) throw new Error('A Patient has a general practitioner.');
    const chain: Criterion = { chain: { parameter, targets: [{ type: 'Organization', criterion: inTrees }] } };
    const has: Criterion = { has: { type: 'Observation', parameter, criterion: belowOak } };
    const found = await codedCriteria([inTrees, chain, has], ['moor-practice'], known);
    expect(asked).toEqual([
      { questions: [{ valueSet: trees }, { below: { system: plants, code: 'oak' } }], reader: ['moor-practice'] },
    ]);
    const coded = { ...inTrees, values: tokensOf('oak', 'elm') };
    const below = { parameter: searchParameter('Observation', 'code'), values: tokensOf('oak', 'english-oak') };
    expect(found).toEqual([
      coded,
      { chain: { parameter, targets: [{ type: 'Organization', criterion: coded }] } },
      { has: { type: 'Observation', parameter, criterion: below } },
    ]);
  });

  it('are not asked for where this process knows the codes, or where they are named already', async () => {
    const genders = criterion('in', { type: 'valueSet', url: 'http://hl7.org/fhir/ValueSet/administrative-gender' });
    const [found] = await codedCriteria([genders], ['public'], known);
    const system = 'http://hl7.org/fhir/administrative-gender';
    const codes = ['male', 'female', 'other', 'unknown'].map((value) => ({ type: 'token', system, value }));
    expect(found).toEqual({ ...genders, values: codes });
    const named = criterion('not-in', { type: 'token', system: plants, value: 'oak' });
    expect(await codedCriteria([named], ['public'], known)).toEqual([named]);
    expect(asked).toEqual([]);
  });

  it.each([
    [criterion('in', { type: 'valueSet', url: 'https://example.org/ValueSet/none' }), 'code:in', 'value set is not'],
    [criterion('above', { type: 'token', system: plants, value: 'oak' }), 'code:above', 'code system is not'],
    [criterion('below', { type: 'token', value: 'oak' }), 'code:below', 'needs its system'],
  ])('are refused where nobody knows them', async (refused, name, reason) => {
    await expect(codedCriteria([refused], ['public'], known)).rejects.toMatchObject({
      status: 400,
      issues: [{ code: 'not-supported', diagnostics: expect.stringMatching(`'${name}' .*${reason}`) as string }],
    });
  });

  it('are refused where they stand for more codes than are sought at once', async () => {
    const many = Array.from({ length: codesAtMost + 1 }, (_, at) => ({ system: plants, code: String(at) }));
    const storedCodes = () => Promise.resolve([many]);
    await expect(codedCriteria([inTrees], ['public'], { ...known, storedCodes })).rejects.toMatchObject({
      status: 400,
      issues: [{ code: 'too-costly' }],
    });
  });
});
