import { numberInterval } from './number-interval.js';
import type { SearchPrefix } from './search.js';

/** As the store compares: see SearchValue. */
function finds(text: string, prefix: SearchPrefix, value: number): boolean {
  const sought = numberInterval(text, prefix);
  if (sought === undefined) throw new Error(`${text} is no number`);
  const { low, high } = sought;
  const within = value >= low && value <= high;
  const comparisons: Record<SearchPrefix, boolean> = {
    eq: within,
    ne: !within,
    gt: value > high,
    lt: value < low,
    ge: value > high || within,
    le: value < low || within,
    sa: value >= high,
    eb: value <= low,
    ap: value < high && value > low,
  };
  return comparisons[prefix];
}

describe('a number sought', () => {
  it.each<[string, SearchPrefix, number[], number[]]>([
    ['100', 'eq', [99.5, 100, 100.4999], [99.49, 100.5]],
    ['100.00', 'eq', [99.995, 100, 100.0049], [99.99, 100.005, 100.01]],
    ['1e2', 'eq', [50, 100, 149.9], [49, 150]],
    ['5.40', 'eq', [5.4], [5.41]],
    ['-3', 'eq', [-3.5, -3], [-2.5, -4]],
    ['0', 'eq', [-0.5, 0, 0.49], [0.5]],
    ['100', 'ne', [99.49, 100.5], [100]],
    ['100', 'gt', [100.0001], [100, 99]],
    ['100', 'ge', [100, 100.0001], [99.9999]],
    ['100', 'lt', [99.9999], [100]],
    ['100', 'le', [100, 99.9999], [100.0001]],
    ['100', 'sa', [100.0001], [100]],
    ['100', 'eb', [99.9999], [100]],
    ['0', 'sa', [0.0001], [0]],
    ['100', 'ap', [91, 100, 109], [89, 111]],
  ])('%s with %s finds %j and not %j', (text, prefix, found, missed) => {
    expect(found.map((value) => finds(text, prefix, value))).toEqual(found.map(() => true));
    expect(missed.map((value) => finds(text, prefix, value))).toEqual(missed.map(() => false));
  });

  it.each(['', 'x', '1e400', '1,5', '0x10', 'NaN', 'Infinity', '--1', '1.', '.5', '9'.repeat(400)])(
    'refuses %j',
    (text) => {
      expect(numberInterval(text, 'eq')).toBeUndefined();
    },
  );
});
