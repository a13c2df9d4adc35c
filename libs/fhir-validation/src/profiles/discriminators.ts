import type { ElementDefinitionSlicingDiscriminator } from 'fhir/r4';
import { isFields } from '../fields.js';
import { type Inspection } from '../inspection.js';
import { childrenOf } from './base-tree.js';
import { type Expected, expectedBelow, expectedOf, isAsExpected } from './fixed-value.js';
import { type Item, itemsOf, ownerIn, typeIn } from './item.js';
import { type KnownProfiles } from './profile.js';
import { type ProfileElement } from './profile-tree.js';
import { namedType, resolved } from './references.js';
import { type ConformityJudge, typesFor } from './type-rules.js';

/** Whether an item is of a slice. https://hl7.org/fhir/R4/profiling.html#discriminator */
export type Matcher = (item: Item, inspection: Inspection) => boolean;

/** Where the whole of what a profile says of an element is held against an item, in silence. */
export interface ElementJudge extends ConformityJudge {
  keeps(element: ProfileElement, item: Item, inspection: Inspection): boolean;
}

export function matcherOf(
  slice: ProfileElement,
  discriminators: readonly ElementDefinitionSlicingDiscriminator[],
  judge: ElementJudge,
): Matcher {
  if (discriminators.length === 0) return (item, inspection) => judge.keeps(slice, item, inspection);
  const matchers = discriminators.map((discriminator) => {
    const steps = stepsOf(discriminator.path);
    const matches = matcherAt(slice, { steps, type: discriminator.type }, judge);
    return (item: Item, inspection: Inspection) => matches(itemsAlong([item], steps, inspection), inspection);
  });
  return (item, inspection) => matchers.every((matches) => matches(item, inspection));
}

type ItemsMatcher = (items: readonly Item[], inspection: Inspection) => boolean;

interface Discriminator {
  steps: readonly string[];
  type: ElementDefinitionSlicingDiscriminator['type'];
}

function matcherAt(slice: ProfileElement, { steps, type }: Discriminator, judge: ElementJudge): ItemsMatcher {
  const place = locate(slice, steps, judge.profiles);
  const { element, expected } = place;
  if (expected && (type === 'value' || type === 'pattern')) {
    return (items) => items.some(({ value }) => isAsExpected(value, expected));
  }
  if (!element) return () => false;
  if (type === 'exists') return existenceMatcher(element);
  if (type === 'type') return typeMatcher(element, { place, isResolved: steps.at(-1) === 'resolve()' });
  if (type === 'profile') return profileMatcher(element, place, judge);
  return (items, inspection) => items.some((item) => judge.keeps(element, item, inspection));
}

function existenceMatcher({ definition: { min = 0, max } }: ProfileElement): ItemsMatcher {
  return (items) => (max === '0' ? items.length === 0 : min === 0 || items.length > 0);
}

function typeMatcher(
  { definition: { type = [] } }: ProfileElement,
  { place, isResolved }: { place: Place; isResolved: boolean },
): ItemsMatcher {
  if (isResolved) return (items) => items.some((item) => place.targets.includes(typeIn(item) ?? ''));
  return (items) => items.some((item) => typesFor(item, type).length > 0);
}

function profileMatcher(
  { definition: { type = [] } }: ProfileElement,
  { targetProfiles }: Place,
  judge: ElementJudge,
): ItemsMatcher {
  const profiles = targetProfiles ?? type.flatMap(({ profile = [] }) => profile);
  return (items, inspection) =>
    items.some(({ value }) => profiles.some((profile) => judge.conforms(profile, value, inspection)));
}

interface Place {
  element: ProfileElement | undefined;
  /** From a value that is fixed here or above. */
  expected?: Expected | undefined;
  /** Behind `resolve()`: the types and profiles that may be referred to. */
  targets: readonly string[];
  targetProfiles?: readonly string[];
}

/** What the slice says of the element at the end of the path. */
function locate(slice: ProfileElement, steps: readonly string[], profiles: KnownProfiles): Place {
  let place: Place = { element: slice, targets: [] };
  for (const [index, step] of steps.entries()) {
    const { element } = place;
    if (!element) return place;
    const expected = expectedOf(element.definition);
    const below = expected && expectedBelow(expected, steps.slice(index));
    if (below) return { element, expected: below, targets: [] };
    place =
      step === 'resolve()'
        ? behind(element, profiles)
        : { element: elementBelow(element, step, profiles), targets: [] };
  }
  const url = steps.at(-1) === 'url' ? urlOf(slice, profiles) : undefined;
  return { ...place, expected: place.element ? (expectedOf(place.element.definition) ?? url) : url };
}

/** The url of an extension that the profile names and this server may not have. */
function urlOf({ definition }: ProfileElement, profiles: KnownProfiles): Expected | undefined {
  const [url] = definition.type?.[0]?.profile ?? [];
  if (definition.type?.[0]?.code !== 'Extension' || url === undefined) return undefined;
  return profiles.usable(url)?.definition ? undefined : { kind: 'fixed', value: url.split('|', 1)[0] };
}

function behind({ definition }: ProfileElement, profiles: KnownProfiles): Place {
  const targetProfiles = (definition.type ?? []).flatMap(({ targetProfile = [] }) => targetProfile);
  const found = targetProfiles.map((target) => profiles.usable(target));
  const named = targetProfiles.map((target, index) => found[index]?.type ?? target.slice(target.lastIndexOf('/') + 1));
  return { element: found[0]?.root, targets: named, targetProfiles };
}

function elementBelow(element: ProfileElement, step: string, profiles: KnownProfiles): ProfileElement | undefined {
  const children = element.children.length > 0 ? element.children : childrenByType(element, profiles);
  const extension = extensionIn(step);
  if (extension !== undefined) {
    const slices = children.find(({ name }) => name === 'extension')?.slices ?? [];
    return slices.find(({ definition }) => definition.type?.some(({ profile }) => profile?.includes(extension)));
  }
  if (step.startsWith('ofType(')) return element;
  return children.find(({ name }) => name === step || name === `${step}[x]`);
}

function childrenByType({ definition }: ProfileElement, profiles: KnownProfiles): readonly ProfileElement[] {
  const [type] = definition.type ?? [];
  const known = type?.profile?.[0] === undefined ? undefined : profiles.usable(type.profile[0]);
  if (known) return known.root.children;
  return type ? childrenOf(type.code, { path: definition.path, structures: profiles.structures }) : [];
}

/** `$this` is no step; `extension('http://a.b')` is one. */
function stepsOf(path: string): string[] {
  const steps = path.match(/(?:[^.(]|\([^)]*\))+/g) ?? [];
  return steps.filter((step) => step !== '$this');
}

function itemsAlong(items: readonly Item[], steps: readonly string[], inspection: Inspection): readonly Item[] {
  return steps.reduce((found, step) => found.flatMap((item) => stepFrom(item, step, inspection)), items);
}

function stepFrom(item: Item, step: string, inspection: Inspection): readonly Item[] {
  if (step === 'resolve()') return targetOf(item, inspection);
  const owner = ownerIn(item);
  const extension = extensionIn(step);
  if (extension !== undefined) {
    return itemsOf(owner, 'extension').filter(({ value }) => isFields(value) && value.url === extension);
  }
  const type = /^ofType\((?:FHIR\.)?(\w+)\)$/.exec(step)?.[1];
  if (type !== undefined) return typeIn(item)?.toLowerCase() === type.toLowerCase() ? [item] : [];
  const plain = itemsOf(owner, step);
  return plain.length > 0 ? plain : itemsOf(owner, `${step}[x]`);
}

/** A resource that is elsewhere is known by its type only. */
function targetOf({ value }: Item, inspection: Inspection): readonly Item[] {
  const type = namedType(value, inspection);
  const found = resolved(value, inspection) ?? (type === undefined ? undefined : { resourceType: type });
  return found ? [{ value: found, companion: undefined }] : [];
}

function extensionIn(step: string): string | undefined {
  return /^extension\('([^']+)'\)$/.exec(step)?.[1];
}
