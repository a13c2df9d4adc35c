/**
 * sum / n as decimal text, rounded half away from zero, computed on integers: 5/14 is "0.36", 1/8 is "0.13". A double
 * cannot do this: 1.005 is stored as slightly less and would round down.
 */
export function roundedQuotient(sum: number, n: number, digits: number): string {
  if (!Number.isSafeInteger(sum) || !Number.isSafeInteger(n) || n <= 0) {
    throw new RangeError('A mean is a whole sum over a positive whole count.');
  }
  const scale = 10n ** BigInt(digits);
  const doubled = 2n * BigInt(n);
  const scaled = (2n * BigInt(Math.abs(sum)) * scale + BigInt(n)) / doubled;
  const whole = String(scaled / scale);
  const fraction = digits === 0 ? '' : `.${String(scaled % scale).padStart(digits, '0')}`;
  return `${sum < 0 && scaled > 0n ? '-' : ''}${whole}${fraction}`;
}

/** As printed in a table of changes: with its sign, without needless noughts, at least one decimal: "+0.36", "+0.5", "+1.0". */
export function signedQuotient(sum: number, n: number, digits: number): string {
  const plain = roundedQuotient(sum, n, digits).replace(/(\.\d+?)0+$/, '$1');
  return /^-|^0(\.0*)?$/.test(plain) ? plain : `+${plain}`;
}
