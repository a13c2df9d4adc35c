import type { ParametersParameter } from 'fhir/r4';
import { FhirError } from '#fhir';

/** One operation of a FHIRPath Patch. */
export type PatchOperation = { index: number; path: string } & (
  | { type: 'add'; name: string; value: PatchValue }
  | { type: 'insert'; value: PatchValue; at: number }
  | { type: 'replace'; value: PatchValue }
  | { type: 'delete' }
  | { type: 'move'; source: number; destination: number }
);

/** A value as `value[x]`, with the type in its name; or as parts, for an element that has no type of its own. */
export type PatchValue =
  | { form: 'typed'; type: string; holder: object; extra?: unknown }
  | { form: 'parts'; parts: readonly { name: string; value: PatchValue }[] };

const types = ['add', 'insert', 'delete', 'replace', 'move'] as const;
const deepest = 16;

/** The operation in a parameter; what is missing is named. */
export function patchOperationOf(parameter: ParametersParameter, index: number): PatchOperation {
  const reader = new OperationReader(parameter, index);
  const type = reader.type();
  const path = reader.text('path');
  switch (type) {
    case 'add':
      return { index, type, path, name: reader.text('name'), value: reader.value() };
    case 'insert':
      return { index, type, path, value: reader.value(), at: reader.count('index') };
    case 'replace':
      return { index, type, path, value: reader.value() };
    case 'delete':
      return { index, type, path };
    case 'move':
      return { index, type, path, source: reader.count('source'), destination: reader.count('destination') };
  }
}

class OperationReader {
  constructor(
    private readonly parameter: ParametersParameter,
    private readonly index: number,
  ) {
    if (parameter.name !== 'operation') throw this.#fault('is not named operation');
  }

  type(): (typeof types)[number] {
    const type = types.find((known) => known === this.text('type'));
    if (!type) throw this.#fault(`has no type that is one of ${types.join(', ')}`);
    return type;
  }

  text(name: string): string {
    const { valueString, valueCode } = this.#part(name);
    const text = valueString ?? valueCode;
    if (text === undefined) throw this.#fault(`has no ${name} that is a string`);
    return text;
  }

  count(name: string): number {
    const { valueInteger } = this.#part(name);
    if (valueInteger === undefined || valueInteger < 0) throw this.#fault(`has no ${name} that is an integer from 0`);
    return valueInteger;
  }

  value(): PatchValue {
    const value = valueIn(this.#part('value'));
    if (!value) throw this.#fault('has no value: give it as value[x], or as parts');
    return value;
  }

  #part(name: string): ParametersParameter {
    const [part, another] = (this.parameter.part ?? []).filter((one) => one.name === name);
    if (!part) throw this.#fault(`has no ${name}`);
    if (another) throw this.#fault(`has more than one ${name}`);
    return part;
  }

  #fault(what: string): FhirError {
    const place = `Parameters.parameter[${String(this.index)}]`;
    const diagnostics = `Operation ${String(this.index)} of the patch (counted from 0) ${what}.`;
    return FhirError.of('value', diagnostics, { status: 400, expression: place });
  }
}

function valueIn(parameter: ParametersParameter, depth = 0): PatchValue | undefined {
  if (depth > deepest) throw FhirError.of('structure', 'The parts of a value are nested too deeply.');
  const name = Object.keys(parameter)
    .find((key) => /^_?value[A-Z]/.test(key))
    ?.replace(/^_/, '');
  if (name !== undefined) {
    const extra = (parameter as unknown as Record<string, unknown>)[`_${name}`];
    const type = name.slice('value'.length);
    return { form: 'typed', type, holder: parameter, ...(extra === undefined ? {} : { extra }) };
  }
  const parts = (parameter.part ?? []).flatMap((part) => {
    const value = valueIn(part, depth + 1);
    return value ? [{ name: part.name, value }] : [];
  });
  return parts.length === 0 ? undefined : { form: 'parts', parts };
}
