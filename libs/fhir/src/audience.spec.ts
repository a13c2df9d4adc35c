import {
  bearsLabel,
  isReadWith,
  labelAmong,
  labelledAudience,
  marksOf,
  notWithheld,
  organisationsOf,
  restrictedAs,
  securityOf,
  sees,
} from './audience.js';

describe('the marks of a row', () => {
  it.each([
    [[], ['beck-centre', 'moor-practice']],
    [[securityOf('R')], ['beck-centre#R', 'moor-practice#R']],
    [
      [securityOf('R'), securityOf('V')],
      ['beck-centre#V', 'moor-practice#V'],
    ],
    [[{ ...securityOf('R'), code: 'N' }], ['beck-centre', 'moor-practice']],
    [[{ system: 'https://another.example', code: 'R' }], ['beck-centre', 'moor-practice']],
    [[{ code: 'R' }], ['beck-centre', 'moor-practice']],
  ])('bear its label %j', (security, marks) => {
    expect(labelledAudience(['moor-practice', 'beck-centre'], security)).toEqual(marks);
  });

  it('are of the content that it has, whatever they were', () => {
    expect(labelledAudience(['moor-practice#R', '!beck-centre#R', '!dale-trust'], [])).toEqual([
      'beck-centre',
      'dale-trust',
      'moor-practice',
    ]);
    expect(labelledAudience(['public'], [securityOf('R')])).toEqual(['public#R']);
  });

  it('say which organisations they speak of, and how they were before a Consent', () => {
    const marks = ['!beck-centre#R', 'beck-centre', 'moor-practice#V'];
    expect(organisationsOf(marks)).toEqual(['beck-centre', 'moor-practice']);
    expect(notWithheld(marks)).toEqual(['beck-centre', 'beck-centre#R', 'moor-practice#V']);
    expect(labelAmong([marks, ['x#R']])).toBe('V');
    expect(labelAmong([['x', '!y'], []])).toBeUndefined();
  });
});

describe('whoever reads a row', () => {
  it.each([
    [['moor-practice'], ['beck-centre', 'moor-practice'], true],
    [['beck-centre', 'moor-practice'], ['moor-practice'], false],
    [['moor-practice'], ['moor-practice#R'], false],
    [['moor-practice#R'], ['moor-practice'], true],
    [['moor-practice#R'], ['moor-practice#R'], true],
    [['moor-practice#R'], ['moor-practice#V'], false],
    [['moor-practice#V'], ['moor-practice#R'], true],
    [['moor-practice'], ['!moor-practice'], false],
    [['!beck-centre', 'moor-practice'], ['moor-practice'], false],
    [['moor-practice'], ['!beck-centre', 'moor-practice'], true],
  ])('%j may read %j, or not', (row, other, expected) => {
    expect(isReadWith(row, other)).toBe(expected);
  });
});

describe('what is made of something', () => {
  const [r, v, other] = [securityOf('R'), securityOf('V'), { system: 'https://ginnel.example/tags', code: 'R' }];

  it('is no less restricted than it, and keeps its other labels', () => {
    const made = restrictedAs({ id: 'made', meta: { security: [other, r] } }, { meta: { security: [v] } }, undefined);
    expect(made).toEqual({ id: 'made', meta: { security: [other, v] } });
    expect(restrictedAs({ meta: { security: [v] } }, { meta: { security: [r] } })).toEqual({ meta: { security: [v] } });
    expect(restrictedAs({ meta: {} }, { meta: { security: [other] } }, {})).toEqual({ meta: {} });
  });
});

describe('a reader', () => {
  it.each([
    [['moor-practice'], [securityOf('R')], false],
    [['moor-practice', 'moor-practice#R'], [securityOf('R')], true],
    [['moor-practice', 'moor-practice#R'], [securityOf('R'), securityOf('V')], false],
    [['*'], [securityOf('V')], true],
    [['moor-practice'], undefined, true],
  ])('%j bears %j: %s', (reader, security, expected) => {
    expect(bearsLabel(reader, security)).toBe(expected);
  });

  it.each([
    [['moor-practice', 'public'], ['moor-practice'], true],
    [['moor-practice', 'public'], ['moor-practice#R'], false],
    [['moor-practice', 'moor-practice#R'], ['moor-practice#R'], true],
    [['moor-practice', 'moor-practice#R'], ['moor-practice#V'], false],
    [['moor-practice', 'moor-practice#R'], ['!moor-practice#R', 'beck-centre'], false],
    [['public'], ['public#R'], false],
    [['*'], ['!moor-practice#V'], true],
    [['moor-practice', 'Task?status=requested'], ['moor-practice'], true],
  ])('%j of what is marked %j sees: %s', (reader, row, expected) => {
    expect(sees(reader, row)).toBe(expected);
  });

  it('is compared without its narrowings', () => {
    expect(marksOf(['moor-practice', 'Task?status=requested'])).toEqual(['moor-practice']);
  });
});
