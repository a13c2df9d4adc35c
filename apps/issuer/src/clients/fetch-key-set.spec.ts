import { freshMsIn, problemOfKeySetUrl } from './fetch-key-set.js';

describe('where a key set may be fetched from', () => {
  it.each([
    'https://keys.example/jwks.json',
    'https://keys.example:8443/jwks?client=one',
    'https://93.184.216.34/jwks',
  ])('outside: %s', (url) => {
    expect(problemOfKeySetUrl(url, { loopback: false })).toBeUndefined();
  });

  it.each([
    'http://keys.example/jwks',
    'https://127.0.0.1/jwks',
    'https://[::1]/jwks',
    'https://10.0.0.1/jwks',
    'https://169.254.169.254/latest/meta-data',
    'https://[::ffff:10.0.0.1]/jwks',
    'https://user:secret@keys.example/jwks',
    'https://keys.example/jwks#one',
    'ftp://keys.example/jwks',
    'file:///etc/passwd',
    'jwks.json',
  ])('not from %s', (url) => {
    expect(problemOfKeySetUrl(url, { loopback: false })).toMatch(/^The address of a key set /);
  });

  it('also from this machine, in a sandbox, and from no other one over http', () => {
    expect(problemOfKeySetUrl('http://127.0.0.1:9000/jwks', { loopback: true })).toBeUndefined();
    expect(problemOfKeySetUrl('http://localhost:9000/jwks', { loopback: true })).toBeUndefined();
    expect(problemOfKeySetUrl('http://127.0.0.1.evil.example/jwks', { loopback: true })).toMatch(/https/);
    expect(problemOfKeySetUrl('https://192.168.1.1/jwks', { loopback: true })).toMatch(/public/);
  });
});

describe('how long a key set may be kept', () => {
  it.each([
    [undefined, 60_000],
    ['public', 60_000],
    ['max-age=120, must-revalidate', 120_000],
    ['Max-Age="30"', 30_000],
    ['max-age=0', 0],
    ['no-store', 0],
    ['max-age=99999999', 3_600_000],
  ])('%s: %i ms', (header, expected) => {
    expect(freshMsIn(header)).toBe(expected);
  });
});
