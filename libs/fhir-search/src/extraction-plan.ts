import type { FhirResource } from 'fhir/r4';
import { fhirPathReaderOf } from './fhirpath-reader.js';
import { type Convert, converterOf, type ElementContext } from './index-values.js';
import type { IndexedElement, IndexedParameter, Step } from './parameters.js';
import type { IndexValue, SearchParameter, SearchParameterType } from './search.js';

/** Values of each parameter, by its place among the parameters; absent where nothing is said. */
export type Found = (IndexValue[] | undefined)[];

/** Reads all that these parameters index in one walk over the element. */
export type Read = (element: unknown) => Found;

/** The elements of all parameters as one tree: what two of them index is visited once. */
interface Branch {
  name: string;
  /** Only items whose property has this value. */
  where?: Step['where'] | undefined;
  leaves: Leaf[];
  children: Branch[];
}

interface Leaf {
  /** The parameter's place. */
  at: number;
  convert: Convert;
  context: ElementContext;
}

export function readerOf(parameters: readonly IndexedParameter[]): Read {
  const root: Branch = { name: '', leaves: [], children: [] };
  parameters.forEach((parameter, at) => {
    for (const element of parameter.elements ?? []) plant(root, { parameter, at, element });
  });
  const evaluated = parameters.flatMap((parameter, at) =>
    parameter.elements === undefined ? [{ at, read: fhirPathReaderOf(parameter) }] : [],
  );
  return (element) => {
    const found: Found = [];
    visit(root, element, found);
    for (const { at, read } of evaluated) found[at] = read(element as FhirResource);
    return found;
  };
}

/** The kind of index value that a parameter of this type is compared by. */
export function ownKind(type: SearchParameterType): IndexValue['type'] {
  if (type === 'quantity') return 'number';
  return type === 'special' ? 'position' : type;
}

function plant(
  root: Branch,
  { parameter, at, element }: { parameter: IndexedParameter; at: number; element: IndexedElement },
): void {
  const convert = parameter.components ? compositeOf(parameter.components) : converterOf(parameter.type, element.type);
  if (convert === undefined) return;
  const branch = element.path.reduce(branchFor, root);
  branch.leaves.push({ at, convert, context: { parameter, resolvesTo: element.resolvesTo } });
}

function branchFor(parent: Branch, { name, where }: Step): Branch {
  const known = parent.children.find(
    (child) => child.name === name && child.where?.[0] === where?.[0] && child.where?.[1] === where?.[1],
  );
  if (known) return known;
  const made: Branch = { name, where, leaves: [], children: [] };
  parent.children.push(made);
  return made;
}

function visit(branch: Branch, item: unknown, found: Found): void {
  for (const leaf of branch.leaves) leaf.convert(item, leaf.context, (found[leaf.at] ??= []));
  if (typeof item !== 'object' || item === null) return;
  for (const child of branch.children) {
    const value = (item as Record<string, unknown>)[child.name];
    if (Array.isArray(value)) for (const each of value as unknown[]) visitWanted(child, each, found);
    else visitWanted(child, value, found);
  }
}

function visitWanted(branch: Branch, item: unknown, found: Found): void {
  if (item === undefined || item === null) return;
  if (branch.where === undefined || meets(item, branch.where)) visit(branch, item, found);
}

function meets(item: unknown, [key, wanted]: readonly [string, string]): boolean {
  return typeof item === 'object' && (item as Record<string, unknown>)[key] === wanted;
}

/** One element under a composite: each part is read within it, and an element that lacks one says nothing. */
function compositeOf(components: readonly SearchParameter[]): Convert {
  const read = readerOf(components);
  return (value, _, into) => {
    const found = read(value);
    const parts = components.map(({ type }, at) => (found[at] ?? []).filter((each) => each.type === ownKind(type)));
    if (parts.every((part) => part.length > 0)) into.push({ type: 'composite', parts });
  };
}
