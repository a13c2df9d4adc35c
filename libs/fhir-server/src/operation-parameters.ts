import type { CodeableConcept, Coding, FhirResource, Parameters, ParametersParameter } from 'fhir/r4';
import { FhirError } from '#fhir';
import { preferOf } from './headers.js';
import { nearestOf } from './nearest.js';
import type { FhirRequest, OperationDefinition, OperationParameter } from './operation.js';

/** Data types of `Parameters.parameter.value[x]`, as its elements are named. */
type ValueType = {
  [Key in keyof ParametersParameter]-?: Key extends `value${infer Type}` ? Type : never;
}[keyof ParametersParameter];

type Given = { from: 'query'; value: string } | { from: 'body'; parameter: ParametersParameter };

/**
 * What a request gives an operation: the query of its address, and the Parameters of its body. One that the operation does
 * not define is refused by name, as is one that is missing or comes too often. https://hl7.org/fhir/R4/operations.html#request
 */
export function operationParametersOf(request: FhirRequest, definition: OperationDefinition): OperationParameters {
  const known = (definition.parameters ?? []).filter(({ use }) => use === 'in');
  const given = new Map<string, Given[]>();
  const take = (name: string, one: Given): void => {
    if (known.some((parameter) => parameter.name === name)) given.set(name, [...(given.get(name) ?? []), one]);
    else if (!preferOf(request.headers).lenient) throw unknownParameter(name, definition, known);
  };
  for (const [name, value] of request.query) take(name, { from: 'query', value });
  for (const parameter of bodyOf(request)?.parameter ?? []) take(parameter.name, { from: 'body', parameter });
  known.forEach((parameter) => {
    refuseCount(parameter, given.get(parameter.name)?.length ?? 0);
  });
  return new OperationParameters(given);
}

/** The values by name; each method refuses one that is not of its type. */
export class OperationParameters {
  constructor(private readonly given: ReadonlyMap<string, readonly Given[]>) {}

  has(name: string): boolean {
    return this.given.has(name);
  }

  /** Of any type that is written as text: code, uri, canonical, string, id, dateTime. */
  text(name: string): string | undefined {
    return this.texts(name)[0];
  }

  texts(name: string): string[] {
    return this.#all(name).map((one) => (one.from === 'query' ? sound(name, one.value) : textIn(one.parameter)));
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw missing(name);
    return value;
  }

  flag(name: string): boolean | undefined {
    const [one] = this.#all(name);
    if (one === undefined) return undefined;
    const value = one.from === 'query' ? one.value : one.parameter.valueBoolean;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw wrong(name, 'true or false is expected');
  }

  /** A whole number from 0. */
  count(name: string): number | undefined {
    const [one] = this.#all(name);
    if (one === undefined) return undefined;
    const { valueInteger, valuePositiveInt, valueUnsignedInt } = one.from === 'body' ? one.parameter : {};
    const value = one.from === 'query' ? one.value : String(valueInteger ?? valuePositiveInt ?? valueUnsignedInt);
    if (!/^\d{1,9}$/.test(value)) throw wrong(name, 'a whole number from 0 is expected');
    return Number(value);
  }

  coding(name: string): Coding | undefined {
    return this.#fromBody(name, 'a Coding in a POST', ({ valueCoding }) => valueCoding);
  }

  codeableConcept(name: string): CodeableConcept | undefined {
    return this.#fromBody(name, 'a CodeableConcept in a POST', ({ valueCodeableConcept }) => valueCodeableConcept);
  }

  /** The values of a data type, as `value[x]` has them: `valueDate`, `valueReference`. */
  values<Type extends ValueType>(name: string, type: Type): NonNullable<ParametersParameter[`value${Type}`]>[] {
    return this.#all(name).map((one) => {
      const value = one.from === 'body' ? one.parameter[`value${type}`] : undefined;
      if (value === undefined) throw wrong(name, `a value${type} in a POST is expected`);
      return value;
    });
  }

  value<Type extends ValueType>(
    name: string,
    type: Type,
  ): NonNullable<ParametersParameter[`value${Type}`]> | undefined {
    return this.values(name, type)[0];
  }

  resource(name: string): FhirResource | undefined {
    return this.#fromBody(name, 'a resource in a POST', ({ resource }) => resource as FhirResource | undefined);
  }

  #all(name: string): readonly Given[] {
    return this.given.get(name) ?? [];
  }

  #fromBody<T>(name: string, expected: string, pick: (parameter: ParametersParameter) => T | undefined): T | undefined {
    const [one] = this.#all(name);
    if (one === undefined) return undefined;
    const value = one.from === 'body' ? pick(one.parameter) : undefined;
    if (value === undefined) throw wrong(name, `${expected} is expected`);
    return value;
  }
}

function refuseCount({ name, min, max }: OperationParameter, count: number): void {
  if (max === '1' && count > 1) throw wrong(name, 'it is given more than once');
  if (count < min) throw missing(name);
}

export function missing(name: string): FhirError {
  return FhirError.of('required', `The parameter ${name} is missing.`);
}

function bodyOf({ resource }: FhirRequest): Parameters | undefined {
  if (resource === undefined || resource.resourceType === 'Parameters') return resource;
  throw FhirError.of('structure', `Here is a ${resource.resourceType}; allowed is Parameters.`);
}

function sound(name: string, value: string): string {
  if (value === '') throw wrong(name, 'it is empty');
  return value;
}

function textIn(parameter: ParametersParameter): string {
  const value = Object.entries(parameter).find(([key]) => /^value[A-Z]/.test(key))?.[1] as unknown;
  if (typeof value === 'string') return value;
  throw wrong(parameter.name, 'a text is expected: valueUri, valueCode, valueString');
}

function wrong(name: string, why: string): FhirError {
  return FhirError.of('value', `The parameter ${name} is not understood: ${why}.`);
}

/** A name that looks like none may be anything, even a person's: it is not repeated. */
function unknownParameter(
  name: string,
  { code }: OperationDefinition,
  known: readonly OperationParameter[],
): FhirError {
  const names = known.map((parameter) => parameter.name);
  const shown = /^[_A-Za-z][\w-]{0,40}$/.test(name) ? ` ${name}` : '';
  const nearest = nearestOf(name, names);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  const allowed = names.length === 0 ? 'none' : names.join(', ');
  return FhirError.of('not-supported', `$${code} does not take the parameter${shown}.${hint} It takes: ${allowed}.`);
}
