import type { CodeSystem, ValueSet } from 'fhir/r4';
import { FhirError } from '#fhir';
import { expand, type ExpandOptions, mostExpanded } from './expand.js';
import { createTerminology } from './loaded-terminology.js';
import { lookup } from './lookup.js';
import { subsumes } from './subsumes.js';
import { validateInSystem, validateInValueSet } from './validate-code.js';

const system = 'https://example.org/moods';

const moods: CodeSystem = {
  resourceType: 'CodeSystem',
  url: system,
  version: '1',
  name: 'Moods',
  status: 'active',
  content: 'complete',
  concept: [
    {
      code: 'any',
      display: 'Any mood',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [
        { code: 'glad', display: 'Glad', definition: 'At ease.', designation: [{ language: 'cy', value: 'Hapus' }] },
        { code: 'sad', display: 'Très sad' },
        { code: 'old', display: 'Melancholic', property: [{ code: 'inactive', valueBoolean: true }] },
      ],
    },
  ],
};

const all: ValueSet = {
  resourceType: 'ValueSet',
  url: 'https://example.org/all-moods',
  status: 'active',
  compose: { include: [{ system }] },
};

const terminology = createTerminology([moods, all]);
const group = terminology.group(all.url ?? '');
const index = terminology.codeSystem(system);
if (!group || !index) throw new Error('The moods are not there.');

function expanded(options: ExpandOptions): ValueSet['expansion'] {
  if (!group) throw new Error('The moods are not there.');
  return expand(all, group, { now: new Date(0), identifier: 'urn:uuid:1', ...options }).expansion;
}

function codes(options: ExpandOptions): string[] {
  return expanded(options)?.contains?.map(({ code }) => code ?? '') ?? [];
}

describe('an expansion', () => {
  it('says when it was made, of which versions, and what was heeded', () => {
    expect(expanded({ filter: 'gl', includeDesignations: true, includeDefinition: true })).toEqual({
      identifier: 'urn:uuid:1',
      timestamp: '1970-01-01T00:00:00.000Z',
      total: 1,
      parameter: [
        { name: 'filter', valueString: 'gl' },
        { name: 'includeDesignations', valueBoolean: true },
        { name: 'includeDefinition', valueBoolean: true },
        { name: 'version', valueUri: `${system}|1` },
      ],
      contains: [
        {
          extension: [
            { url: 'http://hl7.org/fhir/StructureDefinition/valueset-concept-definition', valueString: 'At ease.' },
          ],
          system,
          version: '1',
          code: 'glad',
          display: 'Glad',
          designation: [{ language: 'cy', value: 'Hapus' }],
        },
      ],
    });
  });

  it('is filtered by the beginnings of words, marks and case aside', () => {
    expect(codes({ filter: 'TRES s' })).toEqual(['sad']);
    expect(codes({ filter: 'lad' })).toEqual([]);
    expect(codes({ filter: 'hapus' })).toEqual(['glad']);
  });

  it('is cut into pages with a total of all', () => {
    expect(expanded({ count: 2, offset: 1 })).toMatchObject({
      total: 4,
      offset: 1,
      contains: [{ code: 'glad' }, { code: 'sad' }],
    });
    expect(expanded({ count: 0 })).not.toHaveProperty('contains');
  });

  it('leaves out what is not wanted', () => {
    expect(codes({ activeOnly: true, excludeNotForUI: true })).toEqual(['glad', 'sad']);
    expect(codes({ excludeSystem: [system] })).toEqual([]);
  });

  it('speaks the language that was asked for where it can', () => {
    expect(expanded({ displayLanguage: 'cy' })?.contains?.map(({ display }) => display)).toEqual([
      'Any mood',
      'Hapus',
      'Très sad',
      'Melancholic',
    ]);
  });

  it('refuses more codes than are sent at once, and takes a part of them', () => {
    const concept = Array.from({ length: mostExpanded + 1 }, (_, at) => ({ code: `c${String(at)}` }));
    const many = createTerminology([{ ...moods, concept }]).group({ ...all, url: 'urn:many' });
    if (!many) throw new Error('There is no such group.');
    const given = { now: new Date(0), identifier: 'urn:uuid:2' };
    expect(() => expand(all, many, given)).toThrow('at most 10000 are sent at once');
    expect(expand(all, many, { ...given, count: 10 }).expansion).toMatchObject({ total: mostExpanded + 1 });
  });

  it('says why it cannot be made', () => {
    const unknown = terminology.group({ ...all, compose: { include: [{ system: 'http://snomed.info/sct' }] } });
    if (!unknown) throw new Error('There is no such group.');
    const making = (): unknown => expand(all, unknown, { now: new Date(0), identifier: 'urn:uuid:3' });
    expect(making).toThrow(FhirError);
    expect(making).toThrow('The code system http://snomed.info/sct is not known here.');
  });
});

describe('a code held against a value set', () => {
  const judge = (code: string, display?: string, abstract?: boolean): unknown =>
    validateInValueSet({ group, terminology, url: 'urn:all' }, [{ system, code, ...(display && { display }) }], {
      abstract,
    });

  it('is right with its display, or without one', () => {
    expect(judge('glad')).toEqual({ result: true, display: 'Glad' });
    expect(judge('glad', ' GLAD ')).toEqual({ result: true, display: 'Glad' });
    expect(judge('glad', 'hapus')).toEqual({ result: true, display: 'Glad' });
  });

  it('is wrong with another display', () => {
    expect(judge('glad', 'Sad')).toEqual({
      result: false,
      display: 'Glad',
      message: `The display of 'glad' of ${system} is another: Glad.`,
    });
  });

  it('is wrong where it is not there, and where it only groups and that was not wanted', () => {
    expect(judge('angry')).toEqual({
      result: false,
      message: `The code 'angry' of ${system} is not in the value set urn:all.`,
    });
    expect(judge('any', undefined, false)).toMatchObject({ result: false });
    expect(judge('any')).toMatchObject({ result: true });
  });

  it('is right when one of several codings is', () => {
    const codings = [
      { system: 'urn:other', code: 'x' },
      { system, code: 'sad' },
    ];
    expect(validateInValueSet({ group, terminology, url: 'urn:all' }, codings, {})).toMatchObject({ result: true });
  });

  it('is neither where nobody can tell', () => {
    const open = terminology.group({ ...all, compose: { include: [{ system: 'http://snomed.info/sct' }] } });
    if (!open) throw new Error('There is no such group.');
    const judging = (): unknown =>
      validateInValueSet(
        { group: open, terminology, url: 'urn:open' },
        [{ system: 'http://snomed.info/sct', code: '1' }],
        {},
      );
    expect(judging).toThrow('It cannot be told here whether the value set urn:open holds the code.');
  });
});

describe('a code of a system', () => {
  it('is held against that system', () => {
    expect(validateInSystem(index, [{ code: 'sad' }], {})).toEqual({ result: true, display: 'Très sad' });
    expect(validateInSystem(index, [{ system: 'urn:x', code: 'sad' }], {})).toMatchObject({ result: false });
    expect(validateInSystem(index, [{ code: 'two\nlines' }], {}).message).toBe(
      `The code (not of the form of a code) is not in the code system ${system}.`,
    );
  });

  it('is looked up with its designations, properties, parents and children', () => {
    expect(lookup(index, 'glad', { properties: [] }).parameter).toEqual([
      { name: 'name', valueString: 'Moods' },
      { name: 'version', valueString: '1' },
      { name: 'display', valueString: 'Glad' },
      {
        name: 'designation',
        part: [
          { name: 'language', valueCode: 'cy' },
          { name: 'value', valueString: 'Hapus' },
        ],
      },
      {
        name: 'property',
        part: [
          { name: 'code', valueCode: 'definition' },
          { name: 'value', valueString: 'At ease.' },
        ],
      },
      {
        name: 'property',
        part: [
          { name: 'code', valueCode: 'inactive' },
          { name: 'value', valueBoolean: false },
        ],
      },
      {
        name: 'property',
        part: [
          { name: 'code', valueCode: 'parent' },
          { name: 'value', valueCode: 'any' },
        ],
      },
    ]);
    expect(lookup(index, 'glad', { properties: ['parent'], displayLanguage: 'cy' }).parameter).toHaveLength(5);
    expect(() => lookup(index, 'angry', { properties: [] })).toThrow('The code is not known');
  });

  it('subsumes another or is subsumed', () => {
    const asked = [
      ['any', 'sad'],
      ['sad', 'any'],
      ['sad', 'sad'],
      ['sad', 'glad'],
    ].map(([a = '', b = '']) => subsumes(index, a, b));
    expect(asked).toEqual(['subsumes', 'subsumed-by', 'equivalent', 'not-subsumed']);
    expect(() => subsumes(index, 'sad', 'angry')).toThrow('The code of codeB is not known');
  });
});
