import { pairedChange } from './paired-change.js';
import { roundedQuotient, signedQuotient } from './rounded-quotient.js';

describe('the change of pairs', () => {
  it('has sum, mean, median, spread, interval and standardised response mean', () => {
    // Spread and interval recorded once from numpy and scipy 1.17.1 (std with ddof 1, stats.t.interval).
    const change = pairedChange([1, 1, 0, 1, -1, 1, 0, 1, 1, -2, 1, 0, 1, 0]);
    expect({ n: change.n, sum: change.sum, mean: change.mean, median: change.median }).toEqual({
      n: 14,
      sum: 5,
      mean: 5 / 14,
      median: 1,
    });
    expect(change.sd).toBeCloseTo(0.9287827316640651, 14);
    expect(change.srm).toBeCloseTo(0.35714285714285715 / 0.9287827316640651, 14);
    expect(change.ci95?.low).toBeCloseTo(-0.17912032645155368, 12);
    expect(change.ci95?.high).toBeCloseTo(0.8934060407372679, 12);
  });

  it('takes the middle of the two middle values as the median of an even number', () => {
    expect(pairedChange([4, -1, 0, 1]).median).toBe(0.5);
  });

  it('does not pretend a spread of one pair, nor an interval where all changed alike', () => {
    expect(pairedChange([3])).toEqual({
      n: 1,
      sum: 3,
      mean: 3,
      median: 3,
      sd: undefined,
      ci95: undefined,
      srm: undefined,
    });
    expect(pairedChange([2, 2])).toEqual({ n: 2, sum: 4, mean: 2, median: 2, sd: 0, ci95: undefined, srm: undefined });
    expect(pairedChange([])).toEqual({
      n: 0,
      sum: 0,
      mean: undefined,
      median: undefined,
      sd: undefined,
      ci95: undefined,
      srm: undefined,
    });
  });
});

describe('a rounded mean', () => {
  it.each([
    [5, 14, 2, '0.36'],
    [7, 14, 2, '0.50'],
    [1, 8, 2, '0.13'],
    [-1, 8, 2, '-0.13'],
    [201, 200, 2, '1.01'],
    [-1, 1000, 2, '0.00'],
    [0, 3, 2, '0.00'],
    [-35, 15, 2, '-2.33'],
    [5, 2, 0, '3'],
    [74, 14, 2, '5.29'],
  ])('%d / %d to %d digits is %s, half away from zero', (sum, n, digits, text) => {
    expect(roundedQuotient(sum, n, digits)).toBe(text);
  });

  it.each([
    [5, 14, '+0.36'],
    [7, 14, '+0.5'],
    [14, 14, '+1.0'],
    [280, 14, '+20.0'],
    [0, 14, '0.0'],
    [-7, 14, '-0.5'],
    [-1, 1000, '0.0'],
  ])('%d / %d is printed in a table of changes as %s', (sum, n, text) => {
    expect(signedQuotient(sum, n, 2)).toBe(text);
  });

  it('is refused for a sum that is not whole, or of nobody', () => {
    expect(() => roundedQuotient(0.5, 2, 2)).toThrow(RangeError);
    expect(() => roundedQuotient(1, 0, 2)).toThrow(RangeError);
  });
});
