import type { ElementDefinition } from 'fhir/r4';

/** An element of a profile with what lies below it. https://hl7.org/fhir/R4/elementdefinition.html */
export interface ProfileElement {
  /** `identifier`, `value[x]`; of the root, the type. */
  name: string;
  definition: ElementDefinition;
  children: ProfileElement[];
  /** In the order of the profile. */
  slices: ProfileElement[];
}

/** The elements of a snapshot, each below its parent and each slice at the element that it slices. */
export function treeOf(elements: readonly ElementDefinition[]): ProfileElement | undefined {
  const [first, ...rest] = elements;
  if (!first) return undefined;
  const root = nodeOf(first);
  const latest = new Map([[first.path, root]]);
  for (const definition of rest) {
    const parent = latest.get(parentPath(definition.path));
    if (!parent) continue;
    const node = nodeOf(definition);
    place(node, parent);
    latest.set(definition.path, node);
  }
  return root;
}

export function nodeOf(definition: ElementDefinition): ProfileElement {
  return { name: lastName(definition.path), definition, children: [], slices: [] };
}

export function childNamed(parent: ProfileElement, name: string): ProfileElement | undefined {
  return parent.children.find((child) => child.name === name);
}

/** The slice of a name; `a/b` is the slice b of the slice a. */
export function sliceNamed(element: ProfileElement, name: string): ProfileElement | undefined {
  for (const slice of element.slices) {
    if (slice.definition.sliceName === name) return slice;
    const found = name.startsWith(`${slice.definition.sliceName ?? ''}/`) ? sliceNamed(slice, name) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** The slice that `a/b` slices again, or the element itself. */
export function slicedBy(element: ProfileElement, name: string): ProfileElement {
  const cut = name.lastIndexOf('/');
  return (cut > 0 ? sliceNamed(element, name.slice(0, cut)) : undefined) ?? element;
}

export function copyOf({ name, definition, children, slices }: ProfileElement): ProfileElement {
  return { name, definition: { ...definition }, children: children.map(copyOf), slices: slices.map(copyOf) };
}

export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function place(node: ProfileElement, parent: ProfileElement): void {
  const { sliceName } = node.definition;
  const same = childNamed(parent, node.name);
  if (sliceName !== undefined && same) slicedBy(same, sliceName).slices.push(node);
  else if (sliceName !== undefined) parent.children.push({ ...nodeOf(unsliced(node.definition)), slices: [node] });
  else parent.children.push(node);
}

/** A slice whose element the snapshot does not list by itself. */
function unsliced({ path, type }: ElementDefinition): ElementDefinition {
  return { path, min: 0, max: '*', ...(type ? { type: type.map(({ code }) => ({ code })) } : {}) };
}
