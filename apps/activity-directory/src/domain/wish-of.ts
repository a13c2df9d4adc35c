import type { Parameters, ParametersParameter } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import type { ActivityWish } from './activity-search.js';
import { placeOf, type Postcodes } from './postcode.js';

const known = ['text', 'condition', 'postcode', 'distance', 'count'];
const kmPerUnit = new Map([
  ['km', 1],
  ['[mi_i]', 1.609344],
  ['mi', 1.609344],
  ['miles', 1.609344],
]);

/** What the Parameters of $find-activities ask for; throws where they ask for something else. */
export function wishOf(
  parameters: Parameters | undefined,
  postcodes: Postcodes,
): { wish: ActivityWish; count: number } {
  const given = namedIn(parameters);
  const text = given.get('text')?.valueString;
  const condition = conditionOf(given.get('condition'));
  const near = nearOf(given.get('postcode'), { distance: given.get('distance'), postcodes });
  const wish = { ...(text === undefined ? {} : { text }), ...condition, ...near };
  const count = given.get('count')?.valueInteger ?? given.get('count')?.valuePositiveInt ?? 20;
  return { wish, count: Math.min(count, 100) };
}

function namedIn(parameters: Parameters | undefined): Map<string, ParametersParameter> {
  if (!parameters) {
    throw refused(
      'required',
      'Send a Parameters resource with text, condition, postcode, distance or count.',
      'Parameters',
    );
  }
  const given = parameters.parameter ?? [];
  if (given.some(({ name }) => !known.includes(name))) {
    const diagnostics = `There is no parameter of this name; known are ${known.join(', ')}.`;
    throw refused('not-supported', diagnostics, 'Parameters.parameter.name');
  }
  return new Map(given.map((parameter) => [parameter.name, parameter]));
}

function conditionOf(parameter: ParametersParameter | undefined): Pick<ActivityWish, 'condition'> {
  if (!parameter) return {};
  const coding = parameter.valueCoding ?? parameter.valueCodeableConcept?.coding?.[0] ?? codingIn(parameter);
  if (coding.code === undefined || coding.code === '') {
    const diagnostics = 'condition is a Coding, or text like http://snomed.info/sct|82423001.';
    throw refused('value', diagnostics, 'Parameters.parameter.valueCoding');
  }
  return { condition: { code: coding.code, ...(coding.system ? { system: coding.system } : {}) } };
}

/** `system|code`, or a code of any system. */
function codingIn({ valueString, valueCode }: ParametersParameter): { system?: string; code?: string } {
  const [first, second] = (valueString ?? valueCode ?? '').split('|');
  if (second !== undefined) return { code: second, ...(first ? { system: first } : {}) };
  return first === undefined ? {} : { code: first };
}

function nearOf(
  postcode: ParametersParameter | undefined,
  { distance, postcodes }: { distance: ParametersParameter | undefined; postcodes: Postcodes },
): Pick<ActivityWish, 'near'> {
  if (!postcode) {
    if (distance)
      throw refused('required', 'distance needs a postcode from which it is measured.', 'Parameters.parameter');
    return {};
  }
  const place = placeOf(postcode.valueString ?? '', postcodes);
  if (place) return { near: { place, ...(distance ? { withinKm: kmIn(distance) } : {}) } };
  const diagnostics = 'This postcode is not known here; try its outward part, such as BD21.';
  throw refused('not-found', diagnostics, 'Parameters.parameter.valueString');
}

function kmIn({ valueQuantity, valueDecimal, valueInteger }: ParametersParameter): number {
  const { value = -1, unit = 'km', code = unit } = valueQuantity ?? { value: valueDecimal ?? valueInteger };
  const factor = kmPerUnit.get(code);
  if (value >= 0 && factor !== undefined) return value * factor;
  throw refused('value', 'distance is a Quantity in km or mi, zero or more.', 'Parameters.parameter.valueQuantity');
}

function refused(
  code: 'required' | 'value' | 'not-found' | 'not-supported',
  diagnostics: string,
  expression: string,
): FhirError {
  return new FhirError([error(code, diagnostics, expression)], { status: code === 'not-found' ? 422 : 400 });
}
