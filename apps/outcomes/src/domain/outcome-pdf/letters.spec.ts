import { onPage, shortened, shown } from './letters.js';

describe('the letters of a page', () => {
  it('stand in the order of the page, also where a script runs from right to left', () => {
    expect(onPage('born of محمد علي in Bradford')).toBe('born of علي محمد \u00A0in Bradford');
    expect(onPage('محمد علي, born')).toBe('علي محمد ,\u00A0born');
    expect(onPage(`${'كلمة '.repeat(20)}كلمة`).split('\n')).toHaveLength(2);
    expect(onPage('plain words')).toBe('plain words');
  });

  it('are boxes where the font has none', () => {
    expect(shown('a王b\u0000c', (code) => code < 0x3000)).toBe('a\u25A1b c');
  });

  it('are cut at a word, and say so', () => {
    expect(shortened('one two three', 9)).toBe('one two …');
    expect(shortened('one', 9)).toBe('one');
    expect(shortened('x'.repeat(20), 9)).toBe('xxxxxxx …');
  });
});
