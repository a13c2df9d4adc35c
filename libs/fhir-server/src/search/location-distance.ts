import type { Extension } from 'fhir/r4';

const url = 'http://hl7.org/fhir/StructureDefinition/location-distance';
const ucum = 'http://unitsofmeasure.org';
/** Metres of each unit that a distance is asked in; those with a code of UCUM bear it. */
const units: ReadonlyMap<string, { metres: number; code?: string }> = new Map([
  ['m', { metres: 1, code: 'm' }],
  ['km', { metres: 1000, code: 'km' }],
  ['[mi_us]', { metres: 1609.347, code: '[mi_us]' }],
  ['[mi_i]', { metres: 1609.344, code: '[mi_i]' }],
  ['mi', { metres: 1609.344, code: '[mi_i]' }],
]);

/** How far away a match is, in the unit in which the search asked. https://hl7.org/fhir/R4/extension-location-distance.html */
export function locationDistance(metres: number, asked: URLSearchParams): Extension {
  const unit = unitAsked(asked);
  const { metres: each, code } = units.get(unit) ?? { metres: 1000 };
  const value = Number((metres / each).toPrecision(6));
  return { url, valueDistance: { value, unit, ...(code === undefined ? {} : { system: ucum, code }) } };
}

function unitAsked(asked: URLSearchParams): string {
  const near = [...asked].find(([name]) => name === 'near' || name.endsWith('.near'));
  const unit = near?.[1].split('|')[3] ?? '';
  return units.has(unit) ? unit : 'km';
}
