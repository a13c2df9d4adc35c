import { readFileSync } from 'node:fs';
import type { FhirResource } from 'fhir/r4';
import { lastVariant, type Shape, shapes } from './shapes.js';

interface ElementStructure {
  name: string;
  min?: number;
  max?: number | '*';
  types?: string[];
  targets?: string[];
  content?: string;
  binding?: string;
  elements?: ElementStructure[];
}

interface Structures {
  types: Record<string, { base?: string; elements: ElementStructure[] }>;
  valueSets: Record<string, Record<string, string[]>>;
}

const file = new URL('../../libs/fhir-validation/generated/structures.json', import.meta.url);
const { types, valueSets } = JSON.parse(readFileSync(file, 'utf8')) as Structures;

export interface Wish {
  /** Which type of each choice: `value[x]` has many. */
  variant: number;
  /** The resource that a reference to one of these types may name; undefined where there is none, and the reference is left out. */
  place: (targets: readonly string[]) => string | undefined;
}

/** A resource of the type that says something under nearly every element, as wished; told apart by its variant. */
export function sampleOf(type: string, wish: Wish): FhirResource {
  const { omit = [], set = {} } = shapeOf(type, wish.variant);
  const elements = (types[type]?.elements ?? []).filter(({ name }) => !omit.includes(name));
  const filled = objectOf(elements, { wish, path: type, depth: 0, omit });
  const meta = {
    profile: ['https://example.org/StructureDefinition/none'],
    source: 'https://example.org/source#part',
    tag: [coding('tag')],
    security: [coding('security')],
  };
  return { resourceType: type, meta, ...filled, ...set } as unknown as FhirResource;
}

function shapeOf(type: string, variant: number): Shape {
  const { at, ...shape } = shapes[type] ?? {};
  return at?.[variant] ?? shape;
}

interface Place {
  wish: Wish;
  path: string;
  depth: number;
  omit: readonly string[];
}

const deepest = 4;

function objectOf(elements: readonly ElementStructure[], place: Place): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const element of elements) {
    const path = `${place.path}.${element.name}`;
    const { max = 1 } = element;
    if (max === 0 || place.omit.some((omitted) => path.endsWith(`.${omitted}`))) continue;
    const [key, value] = valueOf(element, { ...place, path });
    if (value !== undefined) filled[key] = max === 1 ? value : [value];
    else if ((element.min ?? 0) > 0 && place.depth > 0) return {};
  }
  return filled;
}

function valueOf(element: ElementStructure, place: Place): [key: string, value: unknown] {
  const { name, elements } = element;
  if (element.content !== undefined) return [name, undefined];
  if (elements) {
    if (place.depth >= deepest) return [name, undefined];
    const inner = objectOf(elements, { ...place, depth: place.depth + 1 });
    return [name, Object.keys(inner).length === 0 ? undefined : inner];
  }
  const offered = element.types ?? [];
  const type = offered[place.wish.variant % offered.length] ?? '';
  const key = name.endsWith('[x]') ? name.slice(0, -3) + type.charAt(0).toUpperCase() + type.slice(1) : name;
  return [key, typed(type, element, place)];
}

function typed(type: string, element: ElementStructure, place: Place): unknown {
  const of = bound[type];
  return of ? of(element, place) : plain[type]?.(place.wish.variant);
}

/** Values that depend on the element. */
const bound: Record<string, (element: ElementStructure, place: Place) => unknown> = {
  code: (element) => codeOf(element),
  canonical: () => 'https://example.org/canonical|1.0',
  Reference: ({ targets = [] }, { wish, path }) => {
    const turn = path.endsWith('.actor') ? actorOf(wish.variant, targets.length) : 0;
    const reference = wish.place([...targets.slice(turn), ...targets.slice(0, turn)]);
    const identifier = { system: 'https://example.org/logical', value: `l-${lastOf(path)}` };
    return reference === undefined ? undefined : { reference, identifier, display: 'Somewhere' };
  },
  CodeableConcept: (element, { path }) => ({
    coding: [boundCoding(element) ?? coding(lastOf(path))],
    text: `Words of ${lastOf(path)}`,
  }),
  Coding: (_, { path }) => coding(lastOf(path)),
};

/** Those who take part are of more kinds than there are variants: the first ones, and the last. */
function actorOf(variant: number, kinds: number): number {
  return variant === lastVariant ? Math.max(kinds - 1, 0) : variant % Math.max(kinds, 1);
}

function codeOf({ binding = '' }: ElementStructure): string {
  const [first] = Object.values(valueSets[binding] ?? {}).flat();
  return first ?? (binding.includes('languages') ? 'en' : binding.includes('mimetypes') ? 'text/plain' : 'en');
}

/** Where the binding is required, a coding of its value set. */
function boundCoding({ binding = '' }: ElementStructure) {
  const [bound] = Object.entries(valueSets[binding] ?? {});
  return bound && { system: bound[0], code: bound[1][0], display: `Display ${bound[1][0] ?? ''}` };
}

function coding(code: string) {
  return { system: 'https://example.org/CodeSystem/sample', code, display: `Display ${code}` };
}

function lastOf(path: string): string {
  return path.split('.').at(-1)?.replace('[x]', '') ?? '';
}

const related = ['depends-on', 'composed-of', 'derived-from', 'predecessor', 'successor'];
const period = { start: '2026-03-01T09:00:00Z', end: '2026-03-31T17:00:00Z' };
const quantity = { value: 5.4, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' };

/** Values of the data types that searches look at, and of those that some element requires. */
const plain: Record<string, (variant: number) => unknown> = {
  string: () => 'Sample Words',
  markdown: () => 'Sample *words*',
  boolean: () => true,
  integer: () => 7,
  positiveInt: () => 3,
  unsignedInt: () => 2,
  decimal: () => 0.5,
  date: () => '2026-03-14',
  dateTime: () => '2026-03-14T09:30:00Z',
  instant: () => '2026-03-14T09:30:00.000Z',
  time: () => '09:30:00',
  uri: (variant) => `https://example.org/uri/sample-${String(variant)}`,
  url: () => 'https://example.org/url/sample',
  id: () => 'sample',
  base64Binary: () => 'U2FtcGxl',
  Identifier: (variant) => ({
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }], text: 'Record number' },
    system: 'https://example.org/id/sample',
    value: `s-${String(variant)}`,
  }),
  HumanName: () => ({ text: 'Ann Sample', family: 'Sample', given: ['Ann'], prefix: ['Dr'] }),
  Address: () => ({
    use: 'work',
    text: '1 Sample Road',
    line: ['1 Sample Road'],
    city: 'Keighley',
    district: 'Bradford',
    state: 'West Yorkshire',
    postalCode: 'BD21 1AA',
    country: 'GB',
  }),
  ContactPoint: (variant) => ({ system: variant % 2 === 0 ? 'phone' : 'email', value: '07700900000', use: 'work' }),
  Period: () => period,
  Quantity: () => quantity,
  SimpleQuantity: () => quantity,
  Duration: () => ({ value: 30, unit: 'min', system: 'http://unitsofmeasure.org', code: 'min' }),
  Age: () => ({ value: 60, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' }),
  Range: () => ({ low: quantity, high: { ...quantity, value: 9 } }),
  Ratio: () => ({ numerator: quantity, denominator: { ...quantity, value: 2 } }),
  Annotation: () => ({ text: 'A note' }),
  Attachment: () => ({
    contentType: 'text/plain',
    language: 'en',
    url: 'https://example.org/attachment',
    title: 'A file',
  }),
  Timing: () => ({ repeat: { boundsPeriod: period } }),
  ContactDetail: () => ({ name: 'The makers' }),
  UsageContext: (variant) => ({
    code: { system: 'http://terminology.hl7.org/CodeSystem/usage-context-type', code: 'focus' },
    ...(variant % 2 === 0
      ? { valueCodeableConcept: { coding: [coding('focus')], text: 'Focus' } }
      : { valueQuantity: quantity }),
  }),
  Expression: () => ({ language: 'text/fhirpath', expression: 'true' }),
  RelatedArtifact: (variant) => ({
    type: related[variant % related.length],
    resource: 'https://example.org/canonical|1.0',
  }),
};

/** What the codes of the samples are named after. */
export function elementNames(): string[] {
  const namesOf = (elements: readonly ElementStructure[]): string[] =>
    elements.flatMap(({ name, elements: inner = [] }) => [name.replace('[x]', ''), ...namesOf(inner)]);
  const names = Object.values(types).flatMap(({ elements }) => namesOf(elements));
  return [...new Set([...names, 'tag', 'security', 'focus', 'item', 'medicine', 'observed'])];
}
