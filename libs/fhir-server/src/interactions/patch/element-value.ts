import { FhirError } from '#fhir';
import { isPrimitive, propertiesOf, type Property } from '../../formats/elements.js';
import { copyOf, rememberAt, type Spot, taken } from './json-copy.js';
import type { PatchValue } from './patch-operation.js';

/** A value as it goes into JSON: what stands under the name, what under the name with an underscore, and a decimal's digits. */
export interface JsonValue {
  value: unknown;
  extra?: unknown;
  literal?: string;
}

/** The value of an operation for an element of this type; throws where it is of another one. */
export function valueOf(sent: PatchValue, type: string): JsonValue {
  if (sent.form === 'parts') return { value: composed(sent.parts, type) };
  if (!fits(sent.type, type)) {
    const diagnostics = `the value is given as value${sent.type}; this element is of type ${type}.`;
    throw FhirError.of('value', diagnostics);
  }
  const { value, literal } = taken(spotOf(sent));
  const kept = literal === undefined ? {} : { literal };
  return { value: copyOf(value), ...kept, ...(sent.extra === undefined ? {} : { extra: copyOf(sent.extra) }) };
}

/** The property of a type that a part or an added element names: `value` with a Quantity is `valueQuantity`. */
export function propertyFor(type: string, name: string, value: PatchValue): Property {
  const stem = name.replace(/\[x\]$/, '');
  const named = [...(propertiesOf(type)?.values() ?? [])].filter(
    ({ element }) => element.name === stem || element.name === `${stem}[x]`,
  );
  if (named.length === 0) throw FhirError.of('value', `a ${type} can have no element of this name.`);
  return chosen(named, value);
}

/** Of the choices that stand for each other in one element, the one of the value's type. */
export function chosen(choices: readonly Property[], value: PatchValue): Property {
  const [only] = choices;
  if (only && !only.element.name.endsWith('[x]')) return only;
  const fitting = value.form === 'typed' ? choices.find(({ type }) => fits(value.type, type)) : undefined;
  if (fitting) return fitting;
  const allowed = choices.map(({ type }) => type).join(', ');
  throw FhirError.of('value', `the value has a type that this element cannot have; it may be ${allowed}.`);
}

function composed(parts: readonly { name: string; value: PatchValue }[], type: string): object {
  const made: Record<string, unknown> = {};
  for (const { name, value } of parts) {
    const property = propertyFor(type, name, value);
    const item = valueOf(value, property.type);
    const { isList } = property.element;
    if (!isList && property.name in made) throw FhirError.of('value', 'a part stands twice that may stand once.');
    if (isList) {
      const list = (made[property.name] ??= []) as unknown[];
      list.push(item.value);
      rememberAt({ holder: list, name: String(list.length - 1) }, item.literal);
    } else put({ holder: made, name: property.name }, item);
  }
  return made;
}

/** Sets a value that stands alone under its name. */
export function put({ holder, name }: Spot, { value, extra, literal }: JsonValue): void {
  const named = holder as Record<string, unknown>;
  if (value !== undefined) named[name] = value;
  if (extra !== undefined) named[`_${name}`] = extra;
  rememberAt({ holder, name }, literal);
}

function spotOf({ holder, type }: Extract<PatchValue, { form: 'typed' }>): Spot {
  return { holder, name: `value${type}` };
}

/** Parameters can name fewer types than elements have: a string may stand for a code, an id, a markdown … */
function fits(sent: string, type: string): boolean {
  const named = sent.toLowerCase();
  const wanted = type.toLowerCase();
  if (named === wanted || (wanted === 'simplequantity' && named === 'quantity')) return true;
  if (!isPrimitive(type)) return false;
  return (interchangeable[named] ?? []).includes(wanted);
}

const texts = ['string', 'code', 'id', 'markdown', 'uri', 'url', 'canonical', 'oid', 'uuid', 'xhtml'];
const interchangeable: Record<string, readonly string[]> = {
  string: texts,
  code: texts,
  uri: ['uri', 'url', 'canonical', 'oid', 'uuid'],
  integer: ['positiveint', 'unsignedint'],
  datetime: ['date', 'instant'],
  date: ['datetime'],
};
