import { isNhsNumber } from '#fhir';

/** The NHS number of an invented person: of the range that is given to nobody, with its check digit. */
export function nhsNumber(at: number): string {
  // Of one in eleven the check digit would be ten: such a number is not issued.
  for (let tried = at * 2; ; tried++) {
    const digits = `999${String(tried).padStart(6, '0')}`;
    const sum = Array.from(digits, Number).reduce((total, digit, place) => total + digit * (10 - place), 0);
    const number = `${digits}${String((11 - (sum % 11)) % 11)}`;
    if (isNhsNumber(number)) return number;
  }
}
