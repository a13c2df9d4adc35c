import { keyOf, longestKey, normalise } from './normalise.js';

describe('normalise', () => {
  it.each([
    ['  Zoë   O\u2019Neill ', 'zoe o\u2019neill'],
    ['ÅNGSTRÖM', 'angstrom'],
    ['Ｆｕｌｌ', 'full'],
    ['Łódź', 'łodz'],
    ['\t\n', ''],
    ['\u0301', ''],
  ])('of %j is %j', (text, expected) => {
    expect(normalise(text)).toBe(expected);
  });

  it('never ends in half a character', () => {
    const cut = normalise(`${'a'.repeat(longestKey - 1)}😀`);
    expect(cut).toBe('a'.repeat(longestKey - 1));
  });
});

describe('keyOf', () => {
  it('leaves a value that fits as it stands', () => {
    expect(keyOf('https://example.org/Id|X')).toBe('https://example.org/Id|X');
  });

  it('keeps long values apart that begin alike', () => {
    const one = keyOf(`${'x'.repeat(5000)}1`);
    const other = keyOf(`${'x'.repeat(5000)}2`);
    expect(one).toHaveLength(longestKey);
    expect(one).not.toBe(other);
    expect(keyOf(`${'x'.repeat(5000)}1`)).toBe(one);
  });
});
