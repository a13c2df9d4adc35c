/** The NHS number, its system and its check digit: https://www.datadictionary.nhs.uk/attributes/nhs_number.html */
export const nhsNumberSystem = 'https://fhir.nhs.uk/Id/nhs-number';

/** Ten digits whose last is the modulus 11 check digit. Spaces are not part of the number. */
export function isNhsNumber(value: string): boolean {
  if (!/^\d{10}$/.test(value)) return false;
  const digits = Array.from(value, Number);
  const sum = digits.slice(0, 9).reduce((total, digit, place) => total + digit * (10 - place), 0);
  // A remainder that would need the digit 10 matches no tenth digit: such a number is not issued.
  return (11 - (sum % 11)) % 11 === digits[9];
}
