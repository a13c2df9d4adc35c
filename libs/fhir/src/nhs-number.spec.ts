import { isNhsNumber } from './nhs-number.js';

describe('an NHS number', () => {
  it.each(['9476719931', '9912003888', '9449307539', '9556274839'])('passes its check digit: %s', (value) => {
    expect(isNhsNumber(value)).toBe(true);
  });

  it.each(['3478526985', '7778521234', '4857773456', '9912003890'])('fails its check digit: %s', (value) => {
    expect(isNhsNumber(value)).toBe(false);
  });

  it('is refused where the check digit would be ten, whatever the tenth digit', () => {
    const endings = Array.from('0123456789').map((digit) => isNhsNumber(`000000006${digit}`));
    expect(endings).toEqual(endings.map(() => false));
  });

  it.each(['', '947671993', '94767199310', '947 671 9931', '947671993X', '٩٤٧٦٧١٩٩٣١'])(
    'is ten digits and nothing else: "%s"',
    (value) => {
      expect(isNhsNumber(value)).toBe(false);
    },
  );

  it('has exactly one check digit at most for nine given digits', () => {
    const passing = Array.from('0123456789').filter((digit) => isNhsNumber(`947671993${digit}`));
    expect(passing).toEqual(['1']);
  });
});
