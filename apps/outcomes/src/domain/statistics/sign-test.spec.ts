import { holm } from './holm.js';
import { signTest } from './sign-test.js';
import { wilson95 } from './wilson.js';

describe('the exact sign test', () => {
  it.each([
    [6, 0, 1 / 32],
    [5, 1, 7 / 32],
    [9, 3, 598 / 4096],
    [9, 0, 1 / 256],
    [10, 0, 1 / 512],
    [7, 7, 1],
    [0, 0, 1],
  ])('of %d better and %d worse is exact', (better, worse, p) => {
    expect([signTest(better, worse), signTest(worse, better)]).toEqual([p, p]);
  });

  // Recorded once from scipy 1.17.1, stats.binomtest.
  it.each([
    [450, 551, 0.0015611388396992068],
    [499, 502, 0.9496003129809606],
    [1200, 1300, 0.047681865221043444],
    [249_000, 251_000, 0.004698395011888115],
  ])('of %d better and %d worse, beyond exact integers, agrees with scipy', (better, worse, p) => {
    expect(Math.abs(signTest(better, worse) / p - 1)).toBeLessThan(1e-8);
  });

  it('passes from exact integers to the incomplete beta function without a step', () => {
    expect(signTest(480, 520)).toBeGreaterThan(signTest(480, 521));
    expect(signTest(480, 521)).toBeGreaterThan(signTest(480, 522));
  });
});

describe("Holm's adjustment", () => {
  it('multiplies the smallest by the size of the family, never falls, and stops at one', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('leaves two of the eleven reported MSK-HQ items below 0.05', () => {
    const reported: [number, number][] = [
      [5, 1],
      [6, 0],
      [4, 2],
      [3, 0],
      [9, 3],
      [4, 1],
      [7, 1],
      [6, 1],
      [9, 0],
      [8, 0],
      [10, 0],
    ];
    const adjusted = holm(reported.map(([better, worse]) => signTest(better, worse)));
    expect(adjusted.filter((p) => p < 0.05).map((p) => p.toFixed(3))).toEqual(['0.039', '0.021']);
  });
});

describe("Wilson's interval", () => {
  // Recorded once from scipy 1.17.1, binomtest(...).proportion_ci(method='wilson').
  it.each([
    [10, 14, 0.4535091567010682, 0.8827862135542307],
    [0, 14, 0, 0.2153108027376358],
    [14, 14, 0.7846891972623642, 1],
    [5, 14, 0.16344731753554131, 0.612355768960926],
    [250_000, 500_000, 0.49861410149951213, 0.5013858985004879],
  ])('of %d of %d agrees with scipy', (count, of, low, high) => {
    const interval = wilson95(count, of);
    expect(interval?.low).toBeCloseTo(low, 12);
    expect(interval?.high).toBeCloseTo(high, 12);
  });

  it('says nothing of nobody', () => {
    expect(wilson95(0, 0)).toBeUndefined();
  });
});
