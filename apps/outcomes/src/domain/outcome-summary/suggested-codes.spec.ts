import { summaryInput, task } from '../../../test/summary-builders.js';
import { businessStatusSystem } from './ending.js';
import { suggestedCodes } from './suggested-codes.js';

const declined = task('t0', {
  status: 'cancelled',
  businessStatus: { coding: [{ system: businessStatusSystem, code: 'patient-declined' }] },
});

/** The check digit of SNOMED CT identifiers (Verhoeff). */
function hasCheckDigit(code: string): boolean {
  const times = (a: number, b: number): number => {
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
    return b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 5) % 5;
  };
  const first = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const turned = (digit: number, place: number): number => (place === 0 ? digit : turned(first[digit] ?? 0, place - 1));
  return (
    code
      .split('')
      .reverse()
      .reduce((sum, digit, place) => times(sum, turned(Number(digit), place % 8)), 0) === 0
  );
}

describe('suggested codes', () => {
  it('are the referral, or that it was declined', () => {
    expect(suggestedCodes(summaryInput()).map(({ code }) => code)).toEqual(['871731000000106']);
    expect(suggestedCodes(summaryInput({ referral: declined })).map(({ code }) => code)).toEqual(['871711000000103']);
  });

  it('bear the check digit of SNOMED CT', () => {
    const codes = [...suggestedCodes(summaryInput()), ...suggestedCodes(summaryInput({ referral: declined }))];
    expect(codes.map(({ code = '' }) => hasCheckDigit(code))).toEqual([true, true]);
    expect(hasCheckDigit('871731000000107')).toBe(false);
  });

  it('are none that the referral bears already, and none before its end', () => {
    const { serviceRequest } = summaryInput();
    const coded = { ...serviceRequest, code: { coding: suggestedCodes(summaryInput()) } };
    expect(suggestedCodes(summaryInput({ serviceRequest: coded }))).toEqual([]);
    expect(suggestedCodes(summaryInput({ stage: { code: 'first-scores' } }))).toEqual([]);
  });
});
