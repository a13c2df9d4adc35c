import type { FhirResource } from 'fhir/r4';
import { evaluate } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { FhirError } from '#fhir';
import { propertiesOf } from '../../formats/elements.js';

/** An element that a path leads to, and where it stands. */
export interface FoundElement {
  /** The FHIR type, or the path of a backbone element: `Quantity`, `Observation.component`. */
  type: string;
  value: unknown;
  /** Absent for the resource itself. */
  place?: Place;
}

export interface Place {
  holder: object;
  holderType: string;
  /** In JSON: `valueQuantity`. */
  name: string;
  /** In a list. */
  index?: number;
}

/** The elements of the document itself, not of a copy: what is changed there is changed in the document. */
export function elementsAt(document: FhirResource, path: string): FoundElement[] {
  refuseCostly(path);
  const found = evaluated(document, path);
  return found.map((node) => {
    if (!isNode(node)) throw FhirError.of('value', 'the path leads to a value that is not an element of the resource.');
    return elementOf(node);
  });
}

/** What fhirpath.js tells of a place; part of it is missing in its types. */
interface Node {
  data: unknown;
  path: string | null;
  propName: string | null;
  index?: number | null;
  parentResNode: Node | null;
}

function evaluated(document: FhirResource, path: string): unknown[] {
  try {
    return evaluate(document, path, {}, r4, { resolveInternalTypes: false }) as unknown[];
  } catch (cause) {
    throw FhirError.of('value', 'the path is not FHIRPath that can be evaluated here.', { cause });
  }
}

function elementOf(node: Node): FoundElement {
  const { data, propName, index, parentResNode } = node;
  const found = { type: typeOf(node), value: data };
  if (!parentResNode || propName === null) return found;
  const { data: holder } = parentResNode;
  if (!isObject(holder))
    throw FhirError.of('not-supported', 'the path leads into what a primitive has besides its value.');
  const holderType = typeOf(parentResNode);
  const place = { holder, holderType, name: nameIn(holder, { holderType, name: propName }) };
  return { ...found, place: { ...place, ...(typeof index === 'number' ? { index } : {}) } };
}

/** FHIRPath says `value` where JSON says `valueQuantity`. */
function nameIn(holder: object, { holderType, name }: { holderType: string; name: string }): string {
  if (name in holder) return name;
  const choices = [...(propertiesOf(holderType)?.values() ?? [])].filter(
    ({ element }) => element.name === `${name}[x]`,
  );
  return choices.find((choice) => choice.name in holder || `_${choice.name}` in holder)?.name ?? name;
}

/** A contained resource is known by what it says it is. */
function typeOf({ data, path }: Node): string {
  return isObject(data) && typeof data['resourceType'] === 'string' ? data['resourceType'] : (path ?? '');
}

const longestPath = 500;

/** Functions that only choose among elements; none that makes new values, calls out or may take for ever. */
const functions = new Set([
  ...['where', 'first', 'last', 'tail', 'skip', 'take', 'single', 'ofType', 'as', 'is', 'exists', 'empty', 'not'],
  ...['count', 'extension', 'startsWith', 'endsWith', 'contains', 'hasValue'],
]);

/** A client's expression is evaluated for each operation: it may choose, not compute. */
function refuseCostly(path: string): void {
  if (path.length > longestPath)
    throw FhirError.of('too-costly', `a path has at most ${String(longestPath)} characters.`);
  const bare = path.replace(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''");
  const called = [...bare.matchAll(/([A-Za-z_]\w*)\s*\(/g)]
    .map(([, name = '']) => name)
    .filter((name) => !words.has(name));
  const unknown = called.find((name) => !functions.has(name));
  if (unknown !== undefined) {
    throw FhirError.of(
      'not-supported',
      `a path may call ${[...functions].join(', ')}; this one calls another function.`,
    );
  }
  if (/[|%]/.test(bare) || called.filter((name) => name === 'where' || name === 'exists').length > mostConditions) {
    const diagnostics = `a path holds no |, no % and at most ${String(mostConditions)} conditions.`;
    throw FhirError.of('too-costly', diagnostics);
  }
}

const mostConditions = 2;
const words = new Set(['and', 'or', 'xor', 'in', 'is', 'as', 'div', 'mod', 'implies', 'contains']);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'parentResNode' in value && 'propName' in value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
