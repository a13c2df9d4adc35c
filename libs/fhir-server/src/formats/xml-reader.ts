import type { Attr, Element as XmlElement } from '@xmldom/xmldom';
import { error, FhirError, type Issue, rememberLiteral } from '#fhir';
import { isPrimitive, type Property, propertiesOf } from './elements.js';
import { partsOf, readXml } from './xml-document.js';
import { narrativeOf } from './xml-narrative.js';
import { fhirNamespace } from './xml-writer.js';

/**
 * A resource in XML, as parseJson would give it, numbers with the digits that they were sent with. Throws every element and
 * attribute that FHIR does not know, by its FHIRPath. https://hl7.org/fhir/R4/xml.html
 */
export function parseXml(text: string, { maxDepth = 64 }: { maxDepth?: number } = {}): unknown {
  const root = readXml(text, maxDepth);
  const reader = new XmlReader();
  const resource = reader.resource(root, '');
  if (reader.issues.length > 0) throw new FhirError(reader.issues, { status: 400 });
  return resource;
}

type Fields = Record<string, unknown>;

/** One property while its elements are met: values and what stands beside them, place by place. */
interface Collected {
  property: Property;
  path: string;
  values: unknown[];
  extras: unknown[];
  literals: (string | undefined)[];
}

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';
const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';
const mostIssues = 100;
const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const integer = /^-?(?:0|[1-9]\d*)$/;
const integers: ReadonlySet<string> = new Set(['integer', 'positiveInt', 'unsignedInt']);

class XmlReader {
  readonly issues: Issue[] = [];

  resource(element: XmlElement, place: string): Fields {
    const type = element.localName ?? '';
    const path = place === '' ? type : place;
    if (element.namespaceURI !== fhirNamespace) {
      this.#fault(`A resource in XML is in the namespace ${fhirNamespace}.`, place);
      return {};
    }
    // A data type is no resource, and a backbone element has a dot in its name.
    if (!propertiesOf(type)?.get('implicitRules')) {
      this.#fault('Here must stand a resource of a type that FHIR R4 has.', place);
      return {};
    }
    this.#attributes(element, { path, known: [] });
    return this.#fields(element, { type, path }, { resourceType: type });
  }

  /** Added to what is known already: a copy would lose the digits. */
  #fields(element: XmlElement, { type, path }: { type: string; path: string }, start: Fields): Fields {
    const { elements, hasText } = partsOf(element);
    if (hasText) this.#fault('Here stands text between elements; values stand in the attribute value.', path);
    const properties = propertiesOf(type);
    const collected = new Map<string, Collected>();
    for (const child of elements) {
      const property = properties?.get(child.localName ?? '');
      const name = nameIn(child);
      if (!property || property.element.isAttribute || !isInItsNamespace(child, property)) {
        this.#fault(`There is no element${spoken(name)} here.`, `${path}${name === '' ? '' : `.${name}`}`);
        continue;
      }
      const place = collected.get(property.name) ?? this.#begun(property, path);
      collected.set(property.name, place);
      this.#collect(child, place);
    }
    return withCollected(start, [...collected.values()]);
  }

  #begun(property: Property, path: string): Collected {
    const { name } = property.element;
    const segment = name.endsWith('[x]') ? name.slice(0, -'[x]'.length) : name;
    return { property, path: `${path}.${segment}`, values: [], extras: [], literals: [] };
  }

  #collect(child: XmlElement, collected: Collected): void {
    const { property, values, extras, literals } = collected;
    const path = property.element.isList ? `${collected.path}[${String(values.length)}]` : collected.path;
    if (values.length > 0 && !property.element.isList) {
      this.#fault('This element stands twice; it is taken once.', path);
      return;
    }
    const { value, extra, literal } = this.#value(child, { type: property.type, path });
    values.push(value ?? null);
    extras.push(extra ?? null);
    literals.push(literal);
  }

  #value(
    element: XmlElement,
    { type, path }: { type: string; path: string },
  ): { value?: unknown; extra?: Fields | undefined; literal?: string } {
    if (type === 'xhtml')
      return {
        value: narrativeOf(element, (diagnostics) => {
          this.#fault(diagnostics, path);
        }),
      };
    if (type === 'Resource') return { value: this.#nested(element, path) };
    if (isPrimitive(type)) return this.#primitive(element, { type, path });
    const known = type === 'Extension' ? ['id', 'url'] : ['id'];
    const attributes = this.#attributes(element, { path, known });
    return { value: this.#fields(element, { type, path }, attributes) };
  }

  #nested(element: XmlElement, path: string): Fields | undefined {
    this.#attributes(element, { path, known: [] });
    const { elements, hasText } = partsOf(element);
    const [only, ...more] = elements;
    if (only && more.length === 0 && !hasText) return this.resource(only, path);
    this.#fault('Here must stand one resource.', path);
    return undefined;
  }

  #primitive(element: XmlElement, { type, path }: { type: string; path: string }) {
    const { value: text, ...beside } = this.#attributes(element, { path, known: ['id', 'value'] });
    const extra = this.#fields(element, { type: 'Element', path }, beside);
    const named = Object.keys(extra).length > 0 ? { extra } : {};
    if (text === undefined) {
      if (!named.extra) this.#fault('Here is neither a value nor an extension (ele-1).', path);
      return named;
    }
    return { ...named, ...primitiveOf(text, type) };
  }

  #attributes(element: XmlElement, { path, known }: { path: string; known: readonly string[] }) {
    const found: Partial<Record<string, string>> = {};
    for (const attribute of attributesOf(element)) {
      const { name, value } = attribute;
      if (isAboutXml(attribute)) continue;
      if (!known.includes(name)) this.#fault(`There is no attribute${spoken(name)} here.`, path);
      else if (value === '') this.#fault(`The attribute ${name} is empty: leave it out.`, path);
      else found[name] = value;
    }
    return found;
  }

  #fault(diagnostics: string, path: string): void {
    if (this.issues.length < mostIssues)
      this.issues.push(error('structure', diagnostics, ...(path === '' ? [] : [path])));
  }
}

/** Declarations of namespaces, and the schema hint that many writers add. */
function isAboutXml({ namespaceURI }: Attr): boolean {
  return namespaceURI === xmlnsNamespace || namespaceURI === schemaInstance;
}

function attributesOf({ attributes }: XmlElement): Attr[] {
  return Array.from({ length: attributes.length }, (_, at) => attributes.item(at)).filter((one) => one !== null);
}

function isInItsNamespace(element: XmlElement, { type }: Property): boolean {
  return type === 'xhtml' || element.namespaceURI === fhirNamespace;
}

/** A name that could be an element's; anything else may be somebody's. */
function nameIn({ localName }: XmlElement): string {
  return localName !== null && /^[A-Za-z]\w{0,63}$/.test(localName) ? localName : '';
}

function spoken(name: string): string {
  return /^[A-Za-z]\w{0,63}$/.test(name) ? ` ${name}` : ' of this name';
}

/** What is no value of its type stays text, and the validator says what is wrong with it. */
function primitiveOf(text: string, type: string): { value: unknown; literal?: string } {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return { value: text === 'true' };
  if (integers.has(type) && integer.test(text)) return { value: Number(text) };
  if (type === 'decimal' && decimal.test(text) && Number.isFinite(Number(text)))
    return { value: Number(text), literal: text };
  return { value: text };
}

function withCollected(fields: Fields, collected: readonly Collected[]): Fields {
  for (const { property, values, extras, literals } of collected) {
    const { name, element } = property;
    const holder: object = element.isList ? values : fields;
    if (values.some((value) => value !== null)) fields[name] = element.isList ? values : values[0];
    if (extras.some((extra) => extra !== null)) fields[`_${name}`] = element.isList ? extras : extras[0];
    literals.forEach((literal, at) => {
      if (literal !== undefined && String(Number(literal)) !== literal)
        rememberLiteral(holder, element.isList ? String(at) : name, literal);
    });
  }
  return fields;
}
