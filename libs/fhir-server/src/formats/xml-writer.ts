import { DOMParser } from '@xmldom/xmldom';
import { literalOf } from '#fhir';
import { isPrimitive, type Property, propertiesOf } from './elements.js';

type Fields = Readonly<Record<string, unknown>>;

export const fhirNamespace = 'http://hl7.org/fhir';

/** A resource, as parsed from JSON, in the order and form of XML. https://hl7.org/fhir/R4/xml.html */
export function toXml(resource: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${resourceElement(resource as Fields, ` xmlns="${fhirNamespace}"`)}`;
}

function resourceElement(resource: Fields, namespace = ''): string {
  const { resourceType } = resource;
  if (typeof resourceType !== 'string') throw new Error('A resource without its type cannot be written as XML.');
  return `<${resourceType}${namespace}>${childrenOf(resource, resourceType)}</${resourceType}>`;
}

/** Elements in the order of the definition, whatever order they have in JSON. */
function childrenOf(fields: Fields, type: string): string {
  const properties = propertiesOf(type);
  if (!properties) throw new Error(`${type} has no definition and cannot be written as XML.`);
  let text = '';
  for (const property of properties.values()) {
    if (property.element.isAttribute) continue;
    if (fields[property.name] !== undefined || fields[`_${property.name}`] !== undefined)
      text += property.element.isList ? listOf(fields, property) : oneOf(fields, property);
  }
  return text;
}

function listOf(fields: Fields, property: Property): string {
  const [values, extras] = [listIn(fields[property.name]), listIn(fields[`_${property.name}`])];
  return Array.from({ length: Math.max(values.length, extras.length) }, (_, at) =>
    written(property, { value: values[at], extra: extras[at], literal: literalIn(values, String(at)) }),
  ).join('');
}

function oneOf(fields: Fields, property: Property): string {
  const { name } = property;
  return written(property, { value: fields[name], extra: fields[`_${name}`], literal: literalIn(fields, name) });
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A number with the digits that it was sent with. */
function literalIn(holder: object, name: string): string | undefined {
  const value = (holder as Fields)[name];
  return typeof value === 'number' ? literalOf(holder, name, value) : undefined;
}

interface Said {
  value: unknown;
  /** `_name`: id and extensions of a primitive. */
  extra: unknown;
  literal: string | undefined;
}

function written({ name, type }: Property, { value, extra, literal }: Said): string {
  if (type === 'xhtml') return typeof value === 'string' ? narrative(value) : '';
  if (isPrimitive(type)) return primitive(name, { value: literal ?? value, extra });
  if (typeof value !== 'object' || value === null) return '';
  const fields = value as Fields;
  if (type === 'Resource') return `<${name}>${resourceElement(fields)}</${name}>`;
  const url = type === 'Extension' ? attribute('url', fields['url']) : '';
  return element(name, `${attribute('id', fields['id'])}${url}`, childrenOf(fields, type));
}

function primitive(name: string, { value, extra }: Pick<Said, 'value' | 'extra'>): string {
  const beside = typeof extra === 'object' && extra !== null ? (extra as Fields) : undefined;
  const attributes = `${attribute('id', beside?.['id'])}${attribute('value', value)}`;
  const extensions = beside ? childrenOf(beside, 'Element') : '';
  return attributes === '' && extensions === '' ? '' : element(name, attributes, extensions);
}

function element(name: string, attributes: string, children: string): string {
  return children === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${children}</${name}>`;
}

function attribute(name: string, value: unknown): string {
  if (typeof value === 'object' || value === undefined) return '';
  return ` ${name}="${escaped(typeof value === 'string' ? value : JSON.stringify(value))}"`;
}

/** White space is written by number: a reader would make spaces of it. */
export function escaped(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (found) => escapes[found] ?? `&#${String(found.charCodeAt(0))};`);
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML knows five entities; JSON's narratives may name more of HTML's. */
function narrative(xhtml: string): string {
  return xhtml.replace(/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)(\w+;)?/g, (_, name?: string) =>
    name === undefined ? '&amp;' : (htmlEntity(name) ?? `&amp;${name}`),
  );
}

function htmlEntity(name: string): string | undefined {
  const parser = new DOMParser({ onError: () => undefined });
  const text = parser.parseFromString(`<p>&${name}</p>`, 'text/html').documentElement?.textContent ?? '';
  return text === '' || text.startsWith('&') ? undefined : text;
}
