import { logGamma, regularisedIncompleteBeta } from './incomplete-beta.js';
import { studentTQuantile } from './student-t.js';

// Recorded once from scipy 1.17.1: stats.t.ppf, special.betainc, special.gammaln.
const quantiles: [degrees: number, p975: number, p995: number][] = [
  [1, 12.706204736174694, 63.656741162871526],
  [2, 4.302652729749462, 9.924843200918287],
  [3, 3.1824463052837078, 5.840909309733355],
  [4, 2.7764451051977934, 4.604094871349992],
  [5, 2.5705818356363146, 4.032142983555228],
  [6, 2.4469118511449786, 3.7074280213248065],
  [7, 2.364624251592784, 3.4994832973504924],
  [8, 2.306004135204166, 3.355387331333395],
  [9, 2.262157162798205, 3.249835541592126],
  [10, 2.228138851986274, 3.16927267261695],
  [13, 2.1603686564627913, 3.012275838716578],
  [14, 2.144786687917804, 2.9768427343708344],
  [20, 2.085963447265864, 2.8453397097861077],
  [30, 2.0422724563012378, 2.7499956535672254],
  [60, 2.0002978220142604, 2.6602830288550368],
  [120, 1.9799304050824402, 2.6174211451068654],
  [1000, 1.9623390808264083, 2.580754698065951],
  [100000, 1.9599877075346095, 2.575878469908375],
  [499999, 1.9599687291032937, 2.5758391366991034],
];

describe("Student's t", () => {
  it.each(quantiles)('has the tabled quantiles at %d degrees of freedom', (degrees, p975, p995) => {
    expect(Math.abs(studentTQuantile(0.975, degrees) / p975 - 1)).toBeLessThan(1e-8);
    expect(Math.abs(studentTQuantile(0.995, degrees) / p995 - 1)).toBeLessThan(1e-8);
  });

  it('is symmetrical about nought', () => {
    expect([studentTQuantile(0.5, 7), studentTQuantile(0.025, 7)]).toEqual([0, -studentTQuantile(0.975, 7)]);
  });

  it('refuses a probability or degrees of freedom that mean nothing', () => {
    expect(() => studentTQuantile(1, 5)).toThrow(RangeError);
    expect(() => studentTQuantile(0.975, 0)).toThrow(RangeError);
    expect(() => studentTQuantile(0.975, Number.NaN)).toThrow(RangeError);
  });
});

describe('the regularised incomplete beta function', () => {
  it.each([
    [0.3, 0.5, 0.5, 0.36901011956554536],
    [0.4, 2, 3, 0.5248],
    [0.9, 7, 0.5, 0.2327788324984552],
    [0.5, 500.5, 500, 0.49369138075851604],
    [0.01, 0.1, 5, 0.7690889207843462],
  ])('is right at x = %d, a = %d, b = %d', (x, a, b, expected) => {
    expect(Math.abs(regularisedIncompleteBeta(x, a, b) / expected - 1)).toBeLessThan(1e-11);
  });

  it('is 0 and 1 at its ends', () => {
    expect([regularisedIncompleteBeta(0, 2, 3), regularisedIncompleteBeta(1, 2, 3)]).toEqual([0, 1]);
  });

  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [1, 0],
    [3.7, 1.428072326665388],
    [171.5, 709.1431630309283],
    [100000, 1051287.7089736569],
  ])('stands on ln Γ(%d)', (x, expected) => {
    expect(Math.abs(logGamma(x) - expected)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(expected)));
  });
});
