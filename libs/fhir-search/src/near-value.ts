import { malformed, unknown } from './refusal.js';
import type { SearchValue } from './search.js';
import { split, unescape } from './split.js';

/** Where a search for what is near names no distance. */
export const usualMetres = 25_000;

/** Metres of each unit: UCUM's, and what people write for the mile. */
const units: ReadonlyMap<string, number> = new Map([
  ['km', 1000],
  ['m', 1],
  ['[mi_us]', 1609.347],
  ['[mi_i]', 1609.344],
  ['mi', 1609.344],
]);

const degrees = /^[+-]?\d{1,3}(?:\.\d{1,20})?$/;
const distance = /^\d{1,8}(?:\.\d{1,20})?$/;

/** `53.79|-1.75|5|km`: latitude, longitude, distance, unit. https://hl7.org/fhir/R4/location.html#positional */
export function nearValue(name: string, text: string): SearchValue {
  const [north = '', east = '', far = '', unit = '', ...more] = split(text, '|').map(unescape);
  if (more.length > 0 || !degrees.test(north) || !degrees.test(east))
    throw malformed(name, 'latitude|longitude|distance|unit is expected, such as 53.79|-1.75|5|km');
  const [latitude, longitude] = [Number(north), Number(east)];
  if (Math.abs(latitude) > 90) throw malformed(name, 'a latitude lies from -90 to 90');
  if (Math.abs(longitude) > 180) throw malformed(name, 'a longitude lies from -180 to 180');
  return { type: 'near', latitude, longitude, metres: metresOf(name, far, unit) };
}

function metresOf(name: string, far: string, unit: string): number {
  const metres = units.get(unit === '' ? 'km' : unit);
  if (metres === undefined) throw unknown(`The '${name}' unit`, unit, [...units.keys()]);
  if (far === '') return usualMetres;
  const found = distance.test(far) ? Number(far) * metres : 0;
  if (found <= 0) throw malformed(name, 'the distance is a number above 0');
  return found;
}
