import { isSnomedIdentifier } from './snomed.js';

describe('a SNOMED CT identifier', () => {
  it.each(['871731000000106', '824421000000101', '2140231000000104', '33962009', '413331009', '24271000087103'])(
    'passes its check digit: %s',
    (value) => {
      expect(isSnomedIdentifier(value)).toBe(true);
    },
  );

  it.each(['1659111000000100', '1659121000000100', '1054321000000100', '1076171000000100', '104586100000100'])(
    'fails its check digit: %s',
    (value) => {
      expect(isSnomedIdentifier(value)).toBe(false);
    },
  );

  it('catches every single wrong digit and every swap of neighbours', () => {
    const right = '2140231000000104';
    const wrong = Array.from(right).flatMap((digit, place) => [
      ...others(right, place),
      ...swapped(right, place, digit),
    ]);
    expect(wrong.filter(isSnomedIdentifier)).toEqual([]);
  });

  it.each(['', '33962', '033962009', '1234567890123456789', 'LivesAlone', '33962009 '])(
    'is 6 to 18 digits: "%s"',
    (value) => {
      expect(isSnomedIdentifier(value)).toBe(false);
    },
  );
});

function others(value: string, place: number): string[] {
  const digits = Array.from('0123456789').filter((digit) => digit !== value[place]);
  return digits.map((digit) => value.slice(0, place) + digit + value.slice(place + 1));
}

function swapped(value: string, place: number, digit: string): string[] {
  const next = value[place + 1];
  if (next === undefined || next === digit) return [];
  return [value.slice(0, place) + next + digit + value.slice(place + 2)];
}
