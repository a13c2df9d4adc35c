import type { ElementDefinition, StructureDefinition } from 'fhir/r4';
import { childrenOf } from './base-tree.js';
import { type KnownProfiles, type RefusedProfile } from './profile.js';
import { childNamed, copyOf, parentPath, type ProfileElement, slicedBy, sliceNamed } from './profile-tree.js';

/**
 * The elements of a profile that only says what differs from its base: the base's, each with what the profile says of it.
 * https://hl7.org/fhir/R4/profiling.html#snapshot
 */
export function snapshotOf(
  { url, baseDefinition, differential }: StructureDefinition,
  registry: KnownProfiles,
): ProfileElement | RefusedProfile {
  if (baseDefinition === undefined) return { refused: `The profile ${url} has neither a snapshot nor a base.` };
  const base = registry.find(baseDefinition);
  if (base === undefined) {
    return { refused: `The profile ${url} has no snapshot, and its base ${baseDefinition} is not known here.` };
  }
  if ('refused' in base)
    return { refused: `The profile ${url} has no snapshot, and its base cannot be read: ${base.refused}` };
  const growth = new Growth(copyOf(base.root), registry);
  for (const element of differential?.element ?? []) {
    if (!growth.take(element))
      return { refused: `The profile ${url} speaks of ${element.path}, which its base does not have.` };
  }
  return growth.root;
}

class Growth {
  /** By id, or by path where there are no ids that tell slices: then the last that was spoken of. */
  private readonly latest = new Map<string, ProfileElement>();

  constructor(
    readonly root: ProfileElement,
    private readonly registry: KnownProfiles,
  ) {
    this.latest.set(root.definition.path, root);
  }

  /** Merges what a differential says of one element; false where there is no such element. */
  take(element: ElementDefinition): boolean {
    const { path, id = '' } = element;
    if (!path.includes('.')) {
      merge(this.root, element);
      return true;
    }
    const key = id.replace(/:[^.]+/g, '') === path ? id : path;
    const found = this.nodeAt(key, key.includes(':') ? undefined : element.sliceName);
    if (!found) return false;
    merge(found, element);
    for (const known of this.latest.keys()) if (known.startsWith(`${key}.`)) this.latest.delete(known);
    this.latest.set(key, found);
    return true;
  }

  /** `identifier:nhs` is the slice nhs of identifier. */
  private nodeAt(key: string, sliceName?: string): ProfileElement | undefined {
    const parent = this.parentOf(key);
    if (!parent) return undefined;
    this.expand(parent);
    const [name = '', slice = sliceName] = key.slice(key.lastIndexOf('.') + 1).split(':');
    const child = childNamed(parent, name);
    if (!child) return shortChoice(parent, name);
    return slice === undefined ? child : sliceOf(child, slice);
  }

  private parentOf(key: string): ProfileElement | undefined {
    const parent = parentPath(key);
    const known = this.latest.get(parent);
    if (known || !parent.includes('.')) return known;
    const found = this.nodeAt(parent);
    if (found) this.latest.set(parent, found);
    return found;
  }

  /** Gives an element the children of its type, where the base does not go into them. */
  private expand(node: ProfileElement): void {
    if (node.children.length === 0) node.children = this.childrenOf(node);
  }

  private childrenOf({ definition: { path, type = [], contentReference } }: ProfileElement): ProfileElement[] {
    if (contentReference !== undefined) return this.referenced(contentReference)?.children.map(copyOf) ?? [];
    const [one] = type;
    if (!one || type.length > 1) return [];
    const known = one.profile?.[0] === undefined ? undefined : this.registry.usable(one.profile[0]);
    if (known) return known.root.children.map(copyOf);
    return childrenOf(one.code, { path, structures: this.registry.structures });
  }

  private referenced(reference: string): ProfileElement | undefined {
    const [, ...names] = reference.slice(reference.indexOf('#') + 1).split('.');
    return names.reduce<ProfileElement | undefined>((node, name) => node && childNamed(node, name), this.root);
  }
}

/** `valueQuantity` speaks of the slice of `value[x]` that has this type. */
function shortChoice(parent: ProfileElement, name: string): ProfileElement | undefined {
  for (const child of parent.children) {
    const stem = child.name.endsWith('[x]') ? child.name.slice(0, -3) : undefined;
    if (stem === undefined || !name.startsWith(stem)) continue;
    const type = child.definition.type?.find(
      ({ code }) => code.toLowerCase() === name.slice(stem.length).toLowerCase(),
    );
    if (!type) continue;
    child.definition.slicing ??= { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' };
    const slice = sliceOf(child, name);
    slice.definition.type = [type];
    return slice;
  }
  return undefined;
}

function sliceOf(element: ProfileElement, sliceName: string): ProfileElement {
  const known = sliceNamed(element, sliceName);
  if (known) return known;
  const sliced = slicedBy(element, sliceName);
  const slice = copyOf({ ...sliced, slices: [] });
  delete slice.definition.slicing;
  Object.assign(slice.definition, { sliceName, min: 0 });
  sliced.slices.push(slice);
  return slice;
}

/** What the differential says replaces what the base says; rules are added to those of the base. */
function merge(node: ProfileElement, { constraint = [], ...said }: ElementDefinition): void {
  const { definition } = node;
  for (const key of Object.keys(said)) {
    const family = /^(?:fixed|pattern)(?=[A-Z])/.exec(key)?.[0];
    if (family === undefined) continue;
    for (const other of Object.keys(definition))
      if (other.startsWith(family)) Reflect.deleteProperty(definition, other);
  }
  Object.assign(definition, said);
  const kept = (definition.constraint ?? []).filter(({ key }) => !constraint.some((one) => one.key === key));
  if (kept.length + constraint.length > 0) definition.constraint = [...kept, ...constraint];
}
