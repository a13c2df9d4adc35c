import { median, quantile, spreadOf } from './statistics.js';

describe('statistics', () => {
  it('takes the middle of an odd number of values, whatever their order', () => {
    expect(median([9, 1, 10])).toBe(9);
  });

  it('takes the mean of the two in the middle of an even number of values', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('sorts by number and not by text', () => {
    expect(spreadOf([100, 20, 3])).toEqual({ median: 20, min: 3, max: 100 });
  });

  it('has no median of nothing', () => {
    expect(spreadOf([])).toEqual({ median: NaN, min: NaN, max: NaN });
  });

  it('takes as p99 the value that 99 of 100 do not exceed', () => {
    const values = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect([0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([100, 198, 200]);
  });

  it('takes the only value for every quantile', () => {
    expect([0, 0.5, 0.99].map((share) => quantile([7], share))).toEqual([7, 7, 7]);
  });

  it('leaves the values as they were given', () => {
    const values = [3, 1, 2];
    spreadOf(values);
    expect(values).toEqual([3, 1, 2]);
  });
});
