import { RecentlyUsed } from './recently-used.js';

describe('what was made of texts', () => {
  it('is made once as long as it is kept, and the longest unused goes first', () => {
    const made: string[] = [];
    const recent = new RecentlyUsed<string>(10);
    const get = (key: string, size: number): string =>
      recent.get(key, size, () => {
        made.push(key);
        return `${key}!`;
      });
    expect([get('a', 4), get('b', 4), get('a', 4)]).toEqual(['a!', 'b!', 'a!']);
    expect(made).toEqual(['a', 'b']);
    get('c', 4);
    get('a', 4);
    expect(made).toEqual(['a', 'b', 'c']);
    get('b', 4);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('is not kept where it is too large by itself', () => {
    let made = 0;
    const recent = new RecentlyUsed<number>(10);
    const get = (): number => recent.get('large', 11, () => (made += 1));
    expect([get(), get()]).toEqual([1, 2]);
  });
});
