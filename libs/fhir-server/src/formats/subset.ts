import type { FhirResource } from 'fhir/r4';
import { FhirError, withLiteralsOf } from '#fhir';
import { nearestOf } from '../nearest.js';
import { isPrimitive, type Property, propertiesOf } from './elements.js';

/**
 * The part of each resource that was asked for. https://hl7.org/fhir/R4/search.html#summary and #elements
 *
 * `count` is a search's own matter, and `false` is no subset.
 */
export type Subset =
  | { kind: 'summary' | 'text' | 'data' }
  /** Names of elements of whatever is asked for, and of one type (`Task.status`). */
  | { kind: 'elements'; plain: readonly string[]; ofType: ReadonlyMap<string, readonly string[]> };

type Fields = Readonly<Record<string, unknown>>;

/** What the query asks to be left out; undefined for whole resources. Unknown values and elements are refused by name. */
export function subsetIn(query: URLSearchParams, type?: string): Subset | undefined {
  const [summary, elements] = [query.getAll('_summary'), query.getAll('_elements')];
  if (summary.length > 1) throw FhirError.of('value', '_summary is taken once.');
  const kind = summaryKind(summary[0]);
  if (elements.length === 0) return kind === undefined ? undefined : { kind };
  if (kind !== undefined)
    throw FhirError.of('value', '_summary and _elements are not taken together; send one of them.');
  return elementsIn(
    elements.flatMap((list) => list.split(',')),
    type,
  );
}

/** A copy with the elements that the subset holds, marked as SUBSETTED; `isMatch` false for what a search only included. */
export function subsetOf<R extends object>(resource: R, subset: Subset, { isMatch = true } = {}): R {
  const { resourceType: type } = resource as { resourceType?: string };
  const properties = type === undefined ? undefined : propertiesOf(type);
  if (type === undefined || !properties || aboutAnswers.has(type)) return resource;
  const named = namesFor(subset, type, isMatch);
  if (!named) return resource;
  const keeps = (property: Property): boolean => alwaysKept.has(property.name) || isKept(property, subset.kind, named);
  return marked(kept(resource as Fields, properties, { keeps, deep: subset.kind === 'summary' })) as R;
}

const aboutAnswers: ReadonlySet<string> = new Set(['Bundle', 'OperationOutcome']);
const alwaysKept: ReadonlySet<string> = new Set(['id', 'meta']);

/** The tag of a resource that is not whole: it must not be sent back as if it were. */
export const subsetted = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
} as const;

/** What was read in part would, sent back, take the rest away. */
export function refusePart({ resourceType, meta }: FhirResource): void {
  const isPart = meta?.tag?.some(({ system, code }) => system === subsetted.system && code === subsetted.code);
  if (isPart !== true) return;
  const diagnostics =
    'This is only a part of the resource, as its tag SUBSETTED says. Read it without _summary and _elements, and send all of it.';
  throw FhirError.of('business-rule', diagnostics, { expression: `${resourceType}.meta.tag`, status: 422 });
}

function summaryKind(value: string | undefined): 'summary' | 'text' | 'data' | undefined {
  switch (value) {
    case undefined:
    case 'false':
    case 'count':
      return undefined;
    case 'true':
      return 'summary';
    case 'text':
    case 'data':
      return value;
  }
  throw FhirError.of('value', '_summary is one of: true, text, data, count, false.');
}

function elementsIn(names: readonly string[], type: string | undefined): Subset {
  const plain: string[] = [];
  const ofType = new Map<string, string[]>();
  for (const name of names.map((each) => each.trim())) {
    const [first = '', ...below] = name.split('.');
    const isOfType = /^[A-Z]/.test(first);
    const element = isOfType ? (below[0] ?? '') : first;
    if (isOfType) ofType.set(first, [...(ofType.get(first) ?? []), requireElement(element, first)]);
    else plain.push(type === undefined ? element : requireElement(element, type));
  }
  return { kind: 'elements', plain, ofType };
}

function requireElement(name: string, type: string): string {
  const properties = propertiesOf(type)?.has('implicitRules') === true ? propertiesOf(type) : undefined;
  if (!properties) throw FhirError.of('value', `_elements names a resource type that FHIR R4 does not have.`);
  const known = [...new Set([...properties.values()].map(({ element }) => stemOf(element.name)))];
  if (known.includes(name)) return name;
  const nearest = nearestOf(name, known);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  throw FhirError.of('value', `_elements names an element that ${type} does not have.${hint}`);
}

/** The elements that are named for this resource; undefined where it stays whole. Names without a type say nothing of what is only included. */
function namesFor(subset: Subset, type: string, isMatch: boolean): readonly string[] | undefined {
  if (subset.kind !== 'elements') return [];
  const named = [...(isMatch ? subset.plain : []), ...(subset.ofType.get(type) ?? [])];
  return named.length === 0 ? undefined : named;
}

function isKept({ name, element }: Property, kind: Subset['kind'], named: readonly string[]): boolean {
  switch (kind) {
    case 'summary':
      return element.isSummary || element.isMandatory;
    case 'text':
      return name === 'text' || element.isMandatory;
    case 'data':
      return name !== 'text';
    case 'elements':
      // Without what changes its meaning a resource would be misread.
      return element.isMandatory || element.isModifier || named.includes(stemOf(element.name));
  }
}

interface Keeping {
  keeps: (property: Property) => boolean;
  /** Elements within elements are chosen too. */
  deep: boolean;
}

function kept(fields: Fields, properties: ReadonlyMap<string, Property>, keeping: Keeping): Fields {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const property = properties.get(key.startsWith('_') ? key.slice(1) : key);
    if (property && !property.element.isAttribute && !keeping.keeps(property)) continue;
    copy[key] = property && keeping.deep ? within(value, property, keeping) : value;
  }
  return withLiteralsOf(fields, copy);
}

function within(value: unknown, { type, name }: Property, keeping: Keeping): unknown {
  if (typeof value !== 'object' || value === null || isPrimitive(type) || name === 'meta') return value;
  if (Array.isArray(value)) return value.map((item) => within(item, { type, name } as Property, keeping));
  const properties = propertiesOf(type);
  return properties ? kept(value as Fields, properties, keeping) : value;
}

function marked(fields: Fields): Fields {
  const meta = (fields['meta'] ?? {}) as { tag?: unknown };
  const tags: readonly unknown[] = Array.isArray(meta.tag) ? meta.tag : [];
  return withLiteralsOf(fields, { ...fields, meta: { ...meta, tag: [...tags, subsetted] } });
}

function stemOf(name: string): string {
  return name.endsWith('[x]') ? name.slice(0, -'[x]'.length) : name;
}
