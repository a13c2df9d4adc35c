import { type Inspection } from '../inspection.js';
import { type ElementJudge, matcherOf } from './discriminators.js';
import { atItem, type Item } from './item.js';
import { type ProfileElement } from './profile-tree.js';
import { type ItemCheck } from './type-rules.js';

export type ItemsCheck = (items: readonly Item[], inspection: Inspection) => void;

interface Slice {
  name: string;
  min: number;
  max: number;
  matches: (item: Item, inspection: Inspection) => boolean;
  check: ItemCheck;
  /** Those that slice this one again. */
  again: ItemsCheck | undefined;
}

interface SlicingJudge extends ElementJudge {
  by: string;
  itemCheck(element: ProfileElement): ItemCheck;
}

const rest = '@default';

/** Finds the slice of each item and holds it to that. https://hl7.org/fhir/R4/profiling.html#slicing */
export function slicingCheck(element: ProfileElement, judge: SlicingJudge): ItemsCheck | undefined {
  if (element.slices.length === 0) return undefined;
  const { discriminator = usualDiscriminators(element.name), rules, ordered } = element.definition.slicing ?? {};
  const slices = element.slices.map((slice) => sliceOf(slice, discriminator, judge));
  const others = slices.findIndex(({ name }) => name === rest);
  return (items, inspection) => {
    const found = items.map((item) => {
      const index = slices.findIndex(({ name, matches }) => name !== rest && matches(item, inspection));
      return index < 0 ? others : index;
    });
    if (rules === 'closed') reportOthers(items, { found, slices, by: judge.by }, inspection);
    if (rules === 'openAtEnd' || ordered === true) {
      reportDisorder(
        items,
        { found, isOrdered: ordered === true, isAtEnd: rules === 'openAtEnd', by: judge.by },
        inspection,
      );
    }
    for (const [index, slice] of slices.entries()) {
      const own = items.filter((_, place) => found[place] === index);
      checkSlice(slice, { own, name: element.name, by: judge.by }, inspection);
    }
  };
}

function sliceOf(element: ProfileElement, discriminators: Parameters<typeof matcherOf>[1], judge: SlicingJudge): Slice {
  const { sliceName = '', min = 0, max = '*' } = element.definition;
  return {
    name: sliceName,
    min,
    max: max === '*' ? Infinity : Number(max),
    matches: matcherOf(element, discriminators, judge),
    check: judge.itemCheck(element),
    again: slicingCheck(element, judge),
  };
}

/** Extensions are told apart by url and choices by type, also where the profile does not say so. */
function usualDiscriminators(name: string): { type: 'value' | 'type'; path: string }[] {
  if (name === 'extension' || name === 'modifierExtension') return [{ type: 'value', path: 'url' }];
  return name.endsWith('[x]') ? [{ type: 'type', path: '$this' }] : [];
}

interface Assignment {
  found: readonly number[];
  by: string;
}

function reportOthers(
  items: readonly Item[],
  { found, slices, by }: Assignment & { slices: readonly Slice[] },
  inspection: Inspection,
): void {
  const names = slices.map(({ name }) => name).join(', ');
  for (const [place, item] of items.entries()) {
    if (found[place] !== -1) continue;
    atItem(item, inspection, () => {
      inspection.fault('structure', `This is none of the slices ${names}, and others are not allowed (${by}).`);
    });
  }
}

function reportDisorder(
  items: readonly Item[],
  { found, isOrdered, isAtEnd, by }: Assignment & { isOrdered: boolean; isAtEnd: boolean },
  inspection: Inspection,
): void {
  let highest = -1;
  let hasOther = false;
  for (const [place, item] of items.entries()) {
    const index = found[place] ?? -1;
    if (index < 0) {
      hasOther = true;
      continue;
    }
    const order = isAtEnd && hasOther ? 'before all others' : isOrdered && index < highest ? 'in its order' : undefined;
    highest = Math.max(highest, index);
    if (order === undefined) continue;
    atItem(item, inspection, () => {
      inspection.fault('structure', `The slices of the profile come ${order} (${by}).`);
    });
  }
}

function checkSlice(
  { name, min, max, check, again }: Slice,
  { own, by }: { own: readonly Item[]; name: string; by: string },
  inspection: Inspection,
): void {
  if (own.length < min) {
    const said = own.length === 0 ? 'missing' : `here ${String(own.length)} times`;
    inspection.fault(
      'required',
      `The slice ${name} is asked for at least ${String(min)} times and is ${said} (${by}).`,
    );
  } else if (own.length > max) {
    inspection.fault(
      'structure',
      `The slice ${name} is here ${String(own.length)} times; allowed is ${String(max)} (${by}).`,
    );
  }
  for (const item of own) {
    atItem(item, inspection, () => {
      check(item, inspection);
    });
  }
  again?.(own, inspection);
}
