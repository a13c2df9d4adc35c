import type { CodeSystem, ValueSet } from 'fhir/r4';
import { createTerminology } from './loaded-terminology.js';

const animals: CodeSystem = {
  resourceType: 'CodeSystem',
  url: 'https://example.org/animals',
  version: '2',
  status: 'active',
  content: 'complete',
  caseSensitive: true,
  property: [
    { code: 'legs', type: 'integer' },
    { code: 'subsumedBy', type: 'code' },
  ],
  concept: [
    {
      code: 'animal',
      display: 'Animal',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [
        {
          code: 'dog',
          display: 'Dog',
          designation: [{ language: 'de', value: 'Hund' }],
          property: [{ code: 'legs', valueInteger: 4 }],
          concept: [{ code: 'poodle', display: 'Poodle', property: [{ code: 'subsumedBy', valueCode: 'pet' }] }],
        },
        { code: 'bird', display: 'Bird', property: [{ code: 'legs', valueInteger: 2 }] },
        { code: 'dodo', display: 'Dodo', property: [{ code: 'inactive', valueBoolean: true }] },
      ],
    },
    { code: 'pet', display: 'Pet' },
  ],
};

const some: CodeSystem = {
  resourceType: 'CodeSystem',
  url: 'https://example.org/some',
  status: 'active',
  content: 'fragment',
  concept: [{ code: 'known' }],
};

const system = animals.url ?? '';

function set(url: string, compose: ValueSet['compose'], more: Partial<ValueSet> = {}): ValueSet {
  return {
    resourceType: 'ValueSet',
    url: `https://example.org/${url}`,
    status: 'active',
    ...(compose && { compose }),
    ...more,
  };
}

function codesOf(valueSet: ValueSet, ...more: (ValueSet | CodeSystem)[]): string[] | undefined {
  const terminology = createTerminology([animals, some, valueSet, ...more]);
  return terminology.codesOf(valueSet.url ?? '')?.map(({ code }) => code);
}

function filtered(op: string, value: string, property = 'concept'): string[] | undefined {
  const filter = [{ property, op: op as 'is-a', value }];
  return codesOf(set('filtered', { include: [{ system, filter }] }));
}

describe('the terminology of the specification', () => {
  const terminology = createTerminology();

  it('tells whether a code is of a value set, with its version and without, with its system and bare', () => {
    const valueSet = 'http://hl7.org/fhir/ValueSet/administrative-gender';
    const gender = 'http://hl7.org/fhir/administrative-gender';
    expect(terminology.holds(`${valueSet}|4.0.1`, { system: gender, code: 'female' })).toBe(true);
    expect(terminology.holds(valueSet, { code: 'female' })).toBe(true);
    expect(terminology.holds(valueSet, { system: gender, code: 'Female' })).toBe(false);
    expect(terminology.holds(valueSet, { system: 'http://snomed.info/sct', code: 'female' })).toBe(false);
    expect(terminology.holds(`${valueSet}|3.0.0`, { system: gender, code: 'female' })).toBeUndefined();
  });

  it('cannot tell of SNOMED CT, of media types and of what nobody has written down', () => {
    const conditions = 'http://hl7.org/fhir/ValueSet/condition-code';
    expect(terminology.holds(conditions, { system: 'http://snomed.info/sct', code: '44054006' })).toBeUndefined();
    expect(terminology.holds('http://hl7.org/fhir/ValueSet/mimetypes', { code: 'text/plain' })).toBeUndefined();
    expect(terminology.codesOf(conditions)).toBeUndefined();
    expect(terminology.holds('https://example.org/nothing', { code: 'a' })).toBeUndefined();
    expect(terminology.holds(conditions, { system: 'http://loinc.org', code: '1-8' })).toBe(false);
  });

  it('follows the hierarchies of v3 systems', () => {
    const valueSet = 'http://terminology.hl7.org/ValueSet/v3-ActEncounterCode';
    const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
    expect(terminology.holds(valueSet, { system: act, code: 'AMB' })).toBe(true);
    expect(terminology.holds(valueSet, { system: act, code: 'CASH' })).toBe(false);
    expect(terminology.above({ system: act, code: 'AMB' })).toEqual([
      'AMB',
      '_ActEncounterCode',
      '_ActCareProvisionCode',
    ]);
  });

  it('lists every bound value set whose systems it has', () => {
    const codes = terminology.codesOf('http://hl7.org/fhir/ValueSet/task-status');
    expect(codes).toHaveLength(12);
    expect(codes?.[0]).toEqual({ system: 'http://hl7.org/fhir/task-status', code: 'draft' });
  });
});

describe('a composed value set', () => {
  it('holds whole systems, lists and what filters choose', () => {
    expect(codesOf(set('whole', { include: [{ system }] }))).toEqual([
      'animal',
      'dog',
      'poodle',
      'bird',
      'dodo',
      'pet',
    ]);
    expect(codesOf(set('list', { include: [{ system, concept: [{ code: 'dog' }, { code: 'cat' }] }] }))).toEqual([
      'dog',
      'cat',
    ]);
  });

  it.each([
    ['is-a', 'dog', 'concept', ['dog', 'poodle']],
    ['is-a', 'pet', 'concept', ['poodle', 'pet']],
    ['descendent-of', 'dog', 'concept', ['poodle']],
    ['is-not-a', 'animal', 'concept', ['pet']],
    ['generalizes', 'poodle', 'concept', ['animal', 'dog', 'poodle', 'pet']],
    ['in', 'dog,bird', 'code', ['dog', 'bird']],
    ['not-in', 'animal,dog,poodle,bird,dodo', 'code', ['pet']],
    ['=', '4', 'legs', ['dog']],
    ['exists', 'true', 'legs', ['dog', 'bird']],
    ['exists', 'false', 'legs', ['animal', 'poodle', 'dodo', 'pet']],
    ['regex', 'd.*', 'code', ['dog', 'dodo']],
    ['regex', '(d|b)(o|i)(g|rd)|cat|pet', 'code', ['dog', 'bird', 'pet']],
    ['=', 'Bird', 'display', ['bird']],
    ['=', 'animal', 'parent', ['dog', 'bird', 'dodo']],
  ])('chooses by %s %s of %s', (op, value, property, codes) => {
    expect(filtered(op, value, property)).toEqual(codes);
  });

  it('cannot be listed where a filter names what the system does not say', () => {
    expect(filtered('=', 'x', 'colour')).toBeUndefined();
    expect(filtered('is-a', 'cat')).toBeUndefined();
    expect(filtered('is-a', '4', 'legs')).toBeUndefined();
  });

  it.each([
    '(a+)+b',
    '(a|aa)*',
    '(?=a)b',
    'a*b*c*',
    '(a)\\1',
    '[',
    '(a|a)'.repeat(7),
    `${'(.|.)'.repeat(30)}|x`,
    '((a|a)(a|a))(a|a|a|a|a)(a|aa)(a|)(a|)',
    'a'.repeat(201),
  ])('does not run the regular expression %s', (pattern) => {
    expect(filtered('regex', pattern, 'code')).toBeUndefined();
  });

  it('cannot be listed where it has more rules than are worth their time', () => {
    const rules = (count: number) => ({ include: Array.from({ length: count }, () => ({ system })) });
    expect(codesOf(set('long', rules(500)))).toHaveLength(6);
    expect(codesOf(set('longer', rules(501)))).toBeUndefined();
  });

  it('takes what stands in all imports of one include, and leaves out what is excluded', () => {
    const dogs = set('dogs', { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'dog' }] }] });
    const pets = set('pets', { include: [{ system, concept: [{ code: 'poodle' }, { code: 'bird' }] }] });
    const urls = [dogs.url ?? '', pets.url ?? ''];
    expect(codesOf(set('both', { include: [{ valueSet: urls }] }), dogs, pets)).toEqual(['poodle']);
    expect(codesOf(set('of-system', { include: [{ system, valueSet: [urls[1] ?? ''] }] }), pets)).toEqual([
      'poodle',
      'bird',
    ]);
    expect(
      codesOf(
        set('without', {
          include: [{ system }],
          exclude: [{ valueSet: urls }, { system, concept: [{ code: 'animal' }] }],
        }),
        dogs,
        pets,
      ),
    ).toEqual(['dog', 'bird', 'dodo', 'pet']);
  });

  it('lists the part of an unknown system that another include names one by one', () => {
    const open = set('open', { include: [{ system: 'http://snomed.info/sct' }] });
    const listed = [{ system: 'http://snomed.info/sct', concept: [{ code: '73211009' }] }];
    const valueSet = set('narrow', { include: [{ system: system, valueSet: [open.url ?? ''] }] });
    expect(codesOf(valueSet, open)).toEqual([]);
    const terminology = createTerminology([set('listed', { include: listed }), open]);
    expect(terminology.codesOf('https://example.org/listed')).toEqual([
      { system: 'http://snomed.info/sct', code: '73211009' },
    ]);
  });

  it('knows what a fragment holds and not what it lacks', () => {
    const terminology = createTerminology([some, set('part', { include: [{ system: some.url ?? '' }] })]);
    const held = ['known', 'other'].map((code) => terminology.holds('https://example.org/part', { code }));
    expect(held).toEqual([true, undefined]);
    expect(terminology.codesOf('https://example.org/part')).toBeUndefined();
  });

  it('ends imports that go in a circle', () => {
    const one = set('one', {
      include: [{ valueSet: ['https://example.org/two'] }, { system, concept: [{ code: 'dog' }] }],
    });
    const two = set('two', { include: [{ valueSet: ['https://example.org/one'] }] });
    const terminology = createTerminology([animals, one, two]);
    expect(terminology.holds('https://example.org/one', { system, code: 'dog' })).toBe(true);
    expect(terminology.holds('https://example.org/one', { system, code: 'bird' })).toBeUndefined();
    expect(terminology.codesOf('https://example.org/two')).toBeUndefined();
  });

  it('walks once through imports that meet on many ways', () => {
    const layers = Array.from({ length: 18 }, (_, at) => {
      const next = ['a', 'b'].map((side) => `https://example.org/${side}${String(at + 1)}`);
      return ['a', 'b'].map((side) =>
        set(`${side}${String(at)}`, { include: next.map((url) => ({ valueSet: [url] })) }),
      );
    });
    const terminology = createTerminology([...layers.flat(), set('a18', { include: [{ system: 'urn:x' }] })]);
    expect(terminology.holds('https://example.org/a0', { system: 'urn:x', code: 'y' })).toBeUndefined();
  });

  it('takes the stored expansion where it cannot be composed, unless that is a page', () => {
    const compose = { include: [{ system: 'http://snomed.info/sct' }] };
    const contains = [{ system: 'http://snomed.info/sct', code: '1', contains: [{ system: 'urn:x', code: '2' }] }];
    const expansion = { timestamp: '2026-01-01', contains };
    expect(codesOf(set('kept', compose, { expansion }))).toEqual(['1', '2']);
    expect(codesOf(set('page', compose, { expansion: { ...expansion, total: 9 } }))).toBeUndefined();
  });

  it('leaves out what is inactive where it says so', () => {
    expect(codesOf(set('active', { inactive: false, include: [{ system }] }))).not.toContain('dodo');
  });
});

describe('canonicals', () => {
  it('without a version mean the latest, with one that one', () => {
    const version = (number: string, code: string): CodeSystem => ({
      ...animals,
      version: number,
      concept: [{ code }],
    });
    const terminology = createTerminology([version('4.0.9', 'nine'), version('4.0.10', 'ten')]);
    expect(terminology.codeSystem(system)?.version).toBe('4.0.10');
    expect(terminology.codeSystem(`${system}|4.0.9`)?.get('nine')?.code).toBe('nine');
    expect(terminology.codeSystem(`${system}|1`)).toBeUndefined();
  });

  it('never let a loaded resource take the place of the specification’s of the same version', () => {
    const url = 'http://hl7.org/fhir/administrative-gender';
    const terminology = createTerminology([{ ...animals, url, version: '4.0.1' }]);
    expect(terminology.codeSystem(url)?.get('female')?.code).toBe('female');
  });

  it('of whole systems need no value set', () => {
    const whole: CodeSystem = { ...animals, valueSet: 'https://example.org/all-animals' };
    const terminology = createTerminology([whole]);
    const codes = (url: string): number | undefined => terminology.codesOf(url)?.length;
    expect(codes(`${system}?fhir_vs`)).toBe(6);
    expect(codes(`${system}?fhir_vs=isa/dog`)).toBe(2);
    expect(codes(`${system}/vs`)).toBe(6);
    expect(codes('https://example.org/all-animals')).toBe(6);
    expect(terminology.holds('http://snomed.info/sct?fhir_vs', { system, code: 'dog' })).toBe(false);
  });

  it('of a supplement name no code system', () => {
    const terminology = createTerminology([{ ...animals, content: 'supplement', supplements: system }]);
    expect(terminology.codeSystem(system)).toBeUndefined();
  });
});

describe('a hierarchy', () => {
  const terminology = createTerminology([
    animals,
    { ...animals, url: 'urn:groups', hierarchyMeaning: 'grouped-by' },
    { ...animals, url: 'urn:any-case', caseSensitive: false },
  ]);

  it('is read with several parents', () => {
    expect(terminology.below({ system, code: 'pet' })).toEqual(['pet', 'poodle']);
    expect(terminology.above({ system, code: 'poodle' })).toEqual(['poodle', 'dog', 'pet', 'animal']);
    expect(terminology.below({ system, code: 'cat' })).toBeUndefined();
  });

  it('that only groups says nothing of kinds', () => {
    expect(terminology.below({ system: 'urn:groups', code: 'dog' })).toBeUndefined();
  });

  it('of a system that does not mind case is found in any', () => {
    expect(terminology.below({ system: 'urn:any-case', code: 'DOG' })).toEqual(['dog', 'poodle']);
  });
});
