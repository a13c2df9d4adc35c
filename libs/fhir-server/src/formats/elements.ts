import { readFileSync } from 'node:fs';

/** One element of a type, as the R4 definitions order and mark it (tools/definitions/elements.mjs). */
export interface Element {
  /** `status`, `value[x]`. */
  name: string;
  /** Types, or the path of the backbone element that holds its children. */
  types: readonly string[];
  isList: boolean;
  isSummary: boolean;
  isMandatory: boolean;
  isModifier: boolean;
  /** Written as an attribute in XML: Element.id and Extension.url. */
  isAttribute: boolean;
}

/** An element under one of its JSON names: `valueString` of `value[x]` is a string. */
export interface Property {
  name: string;
  type: string;
  element: Element;
}

/** The properties of a type or backbone path, by JSON name and in the order of XML; undefined for what is no such type. */
export function propertiesOf(type: string): ReadonlyMap<string, Property> | undefined {
  const known = read.get(type);
  if (known) return known;
  const elements = written().get(type)?.map(elementOf);
  if (!elements) return undefined;
  const properties = new Map(elements.flatMap(propertiesIn).map((property) => [property.name, property]));
  read.set(type, properties);
  return properties;
}

/** Types in lower case have a value of their own. https://hl7.org/fhir/R4/datatypes.html#primitive */
export function isPrimitive(type: string): boolean {
  return /^[a-z]\w*$/.test(type);
}

const read = new Map<string, ReadonlyMap<string, Property>>();
let all: ReadonlyMap<string, readonly string[]> | undefined;

/** Read when the first answer needs it: most never do. */
function written(): ReadonlyMap<string, readonly string[]> {
  if (all) return all;
  const file = new URL('../../generated/elements.json', import.meta.url);
  const { types } = JSON.parse(readFileSync(file, 'utf8')) as { types: Record<string, string[]> };
  return (all = new Map(Object.entries(types)));
}

function elementOf(line: string): Element {
  const [name = '', types = '', marks = ''] = line.split(':');
  return {
    name,
    types: types.split('|'),
    isList: marks.includes('*'),
    isSummary: marks.includes('s'),
    isMandatory: marks.includes('m'),
    isModifier: marks.includes('!'),
    isAttribute: marks.includes('a'),
  };
}

function propertiesIn(element: Element): Property[] {
  const { name, types } = element;
  if (!name.endsWith('[x]')) return [{ name, type: types[0] ?? 'string', element }];
  const stem = name.slice(0, -'[x]'.length);
  return types.map((type) => ({ name: stem + type.charAt(0).toUpperCase() + type.slice(1), type, element }));
}
