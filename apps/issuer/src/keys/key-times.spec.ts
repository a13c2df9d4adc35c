import { keysAt, publishedAfterMs } from './key-times.js';

const old = { kid: 'old', signsFrom: 1_000 };
const next = { kid: 'next', signsFrom: 60_000 };

describe('when a signing key is used', () => {
  it('publishes the next key before it signs', () => {
    expect(keysAt([next, old], 59_999)).toEqual({ signing: old, published: [old, next] });
  });

  it('signs with the next key from its time on, and keeps the old one until its tokens have ended', () => {
    expect(keysAt([old, next], 60_000)).toEqual({ signing: next, published: [old, next] });
    expect(keysAt([old, next], 60_000 + publishedAfterMs - 1)).toEqual({ signing: next, published: [old, next] });
    expect(keysAt([old, next], 60_000 + publishedAfterMs)).toEqual({ signing: next, published: [next] });
  });

  it('signs with nothing before the first key is there', () => {
    expect(keysAt([], 0)).toEqual({ published: [] });
  });
});
