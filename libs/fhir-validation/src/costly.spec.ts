import { profileOf } from '../test/profile-builder.js';
import { createValidator } from './validator.js';
import { withinTime } from './within-time.js';

const text = { text: 'x' };

/** Milliseconds that the work takes. */
function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

describe('what a sender cannot make take long', () => {
  it('stops work that does not end', () => {
    const forever = (): boolean => {
      for (;;);
    };
    expect(withinTime(20, forever)).toBeUndefined();
    expect(withinTime(1_000, () => withinTime(20, forever) ?? 'stopped')).toBe('stopped');
    expect(() => {
      withinTime(20, () => {
        throw new Error('mine');
      });
    }).toThrow('mine');
  });

  it.each([
    "matches('^(a|a)*$')",
    "matches('^(.*a){20}$')",
    "matches/* of all */('^(a|a)*$')",
    "matchesFull('(a|a)*')",
  ])('is the pattern of a profile in %s', (asked) => {
    const rule = { key: 'own-1', severity: 'error' as const, human: 'x', expression: `family.${asked}` };
    const profile = profileOf('Patient', { 'Patient.name': { constraint: [rule] } });
    const { validate } = createValidator({ definitions: [profile] });
    const patient = (family: string): unknown => ({ resourceType: 'Patient', name: [{ family }, { family }] });
    const found = validate(patient(`${'a'.repeat(60)}!`), { profiles: [profile.url] });
    expect(found.map(({ code, expression }) => [code, expression])).toEqual([['too-costly', ['Patient.name[0]']]]);
    expect(validate(patient('!'), { profiles: [profile.url] }).map(({ code }) => code)).toEqual([
      'invariant',
      'invariant',
    ]);
  });

  it('reads patterns that only some engines read', () => {
    const rule = {
      key: 'own-1',
      severity: 'error' as const,
      human: 'x',
      expression: "family.matches('^[a-z\\-\\@]+$')",
    };
    const profile = profileOf('Patient', { 'Patient.name': { constraint: [rule] } });
    const { validate } = createValidator({ definitions: [profile] });
    expect(validate({ resourceType: 'Patient', name: [{ family: 'a-b' }] }, { profiles: [profile.url] })).toEqual([]);
  });

  it('is a profile whose rule compares all with all', () => {
    const expression = 'name.all(text.exists() and %resource.name.where(text = %context.gender).empty())';
    const slow = profileOf('Patient', {
      Patient: { constraint: [{ key: 'own-1', severity: 'error', human: 'x', expression }] },
    });
    const { validate } = createValidator({ definitions: [slow] });
    const patient = { resourceType: 'Patient', name: Array.from({ length: 20_000 }, () => text) };
    let issues: unknown;
    expect(timeOf(() => (issues = validate(patient, { profiles: [slow.url] })))).toBeLessThan(10_000);
    expect(issues).toEqual([
      {
        severity: 'error',
        code: 'too-costly',
        expression: ['Patient'],
        diagnostics: 'The resource is too large to be held against the invariant own-1.',
      },
    ]);
  });

  it('is a definition with very many elements', () => {
    const element = Array.from({ length: 2_000 }, (_, index) => {
      const path = `Patient.a${String(index)}`;
      return { id: path, path };
    });
    const definition = {
      ...profileOf('Patient', {}),
      differential: { element: [{ id: 'Patient', path: 'Patient' }, ...element] },
    };
    const { validate } = createValidator();
    const time = timeOf(() => {
      expect(validate(definition).filter(({ code }) => code !== 'too-costly')).toEqual([]);
    });
    expect(time).toBeLessThan(10_000);
  });

  it('is a profile of items in items in items', () => {
    const profile = profileOf('Questionnaire', { 'Questionnaire.item.text': { min: 1 } });
    const { validate } = createValidator({ definitions: [profile] });
    const levels = Array.from({ length: 45 }, (_, level) => String(level));
    const item = levels.reduce<object | undefined>(
      (inner, linkId) => ({ linkId, text: 'x', type: inner ? 'group' : 'string', ...(inner ? { item: [inner] } : {}) }),
      undefined,
    );
    const questionnaire = { resourceType: 'Questionnaire', status: 'draft', item: [item] };
    expect(validate(questionnaire, { profiles: [profile.url] })).toEqual([]);
  });

  it('is a circle of profiles and resources', () => {
    const target = { type: [{ code: 'Reference', targetProfile: ['http://example.org/Patient'] }] };
    const profile = profileOf('Patient', { 'Patient.link.other': target, 'Patient.gender': { min: 1 } });
    const { validate } = createValidator({ definitions: [profile] });
    const people = Array.from({ length: 300 }, (_, index) => ({
      fullUrl: `http://example.org/Patient/${String(index)}`,
      resource: {
        resourceType: 'Patient',
        id: String(index),
        gender: 'female',
        meta: { profile: [profile.url] },
        link: [1, 7, 31].map((step) => ({
          other: { reference: `Patient/${String((index + step) % 300)}` },
          type: 'seealso',
        })),
      },
    }));
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: people };
    expect(validate(bundle)).toEqual([]);
  });
});
