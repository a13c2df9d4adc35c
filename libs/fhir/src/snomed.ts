/** SNOMED CT identifiers and their check digit: https://confluence.ihtsdotools.org/display/DOCRELFMT/5.5+Check-digit */
export const snomedSystem = 'http://snomed.info/sct';

/** 6 to 18 digits, no leading zero, whose last is the Verhoeff check digit. Says nothing about whether the concept exists. */
export function isSnomedIdentifier(value: string): boolean {
  if (!/^[1-9]\d{5,17}$/.test(value)) return false;
  const digits = Array.from(value, Number).reverse();
  return digits.reduce((check, digit, place) => combine(check, permute(digit, place % 8)), 0) === 0;
}

/** Multiplication in the dihedral group of order ten: 0-4 rotate, 5-9 reflect. */
function combine(left: number, right: number): number {
  const rotated = left < 5 ? left + right : left - right;
  const reflected = left < 5 !== right < 5;
  return (((rotated % 5) + 5) % 5) + (reflected ? 5 : 0);
}

const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

function permute(digit: number, times: number): number {
  return times === 0 ? digit : permute(permutation[digit] ?? 0, times - 1);
}
