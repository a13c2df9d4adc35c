import type { CodeSystem, Coding, FhirResource, Parameters, ParametersParameter, ValueSet } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { OperationParameter, OperationParameters } from '#fhir-server';
import type { CodeVerdict } from '#terminology';

/** An input that may be left out. */
export function input(name: string, type: string, documentation: string, max: '1' | '*' = '1'): OperationParameter {
  return { name, use: 'in', min: 0, max, type, documentation };
}

export function output(name: string, type: string, documentation: string, min: 0 | 1 = 1): OperationParameter {
  return { name, use: 'out', min, max: '1', type, documentation };
}

/** How both $validate-code say which code, and answer. */
export const codeParameters: readonly OperationParameter[] = [
  input('code', 'code', 'The code; of the system that is named beside it.'),
  input('display', 'string', 'A display to be judged with it; case and spaces do not count.'),
  input('coding', 'Coding', 'Instead of code: a Coding. POST only.'),
  input('codeableConcept', 'CodeableConcept', 'Instead of code: one of its codings must be right. POST only.'),
  input('abstract', 'boolean', 'false: a code that only groups others is not right. Otherwise it is.'),
];

export const verdictParameters: readonly OperationParameter[] = [
  output('result', 'boolean', 'Whether the code is right.'),
  output('message', 'string', 'Why it is not.', 0),
  output('display', 'string', 'The right display.', 0),
];

/** The codings to judge, from whichever of the three ways was used. */
export function codingsOf(parameters: OperationParameters, codeWithSystem: Coding | undefined): Coding[] {
  const ways = ['code', 'coding', 'codeableConcept'].filter((name) => parameters.has(name));
  if (ways.length === 0) throw FhirError.of('required', 'The parameter code, coding or codeableConcept is missing.');
  if (ways.length > 1) throw FhirError.of('invalid', `Give one of ${ways.join(' and ')}, not both.`);
  const display = parameters.text('display');
  const coding = parameters.coding('coding');
  const codings = parameters.codeableConcept('codeableConcept')?.coding ?? [];
  const asked = codeWithSystem ? [codeWithSystem] : coding ? [coding] : codings;
  const sound = asked.filter(({ code }) => code !== undefined);
  if (sound.length === 0) throw FhirError.of('required', `The parameter ${ways.join('')} holds no code.`);
  return sound.map((one) => ({ ...one, ...(display === undefined ? {} : { display }) }));
}

export function verdictParametersOf({ result, message, display }: CodeVerdict): Parameters {
  const parameter: ParametersParameter[] = [
    { name: 'result', valueBoolean: result },
    ...(message === undefined ? [] : [{ name: 'message', valueString: message }]),
    ...(display === undefined ? [] : [{ name: 'display', valueString: display }]),
  ];
  return { resourceType: 'Parameters', parameter };
}

/** `url|version` of two parameters, of which the first may hold both already. */
export function canonicalIn(parameters: OperationParameters, url: string, version: string): string | undefined {
  const [canonical, wanted] = [parameters.text(url), parameters.text(version)];
  if (canonical === undefined || wanted === undefined || canonical.includes('|')) return canonical;
  return `${canonical}|${wanted}`;
}

export function valueSetIn(parameters: OperationParameters): ValueSet | undefined {
  return ofType(parameters.resource('valueSet'), 'ValueSet', 'valueSet');
}

export function codeSystemIn(parameters: OperationParameters): CodeSystem | undefined {
  return ofType(parameters.resource('codeSystem'), 'CodeSystem', 'codeSystem');
}

function ofType<Type extends FhirResource['resourceType']>(
  resource: FhirResource | undefined,
  type: Type,
  name: string,
): Extract<FhirResource, { resourceType: Type }> | undefined {
  if (resource === undefined || resource.resourceType === type)
    return resource as Extract<FhirResource, { resourceType: Type }> | undefined;
  throw FhirError.of('value', `The parameter ${name} is not understood: a ${type} is expected.`);
}
