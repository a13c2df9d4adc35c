import { type Fields, isFields } from '../fields.js';
import { type Inspection } from '../inspection.js';

/** One value of an element: in a list, in one of the types of a choice, or only with what stands beside a primitive. */
export interface Item {
  value: unknown;
  /** `_name`: id and extensions of a primitive. */
  companion: Fields | undefined;
  /** Of a choice, as its property is named: `Quantity` of `valueQuantity`, `String` of `valueString`. */
  suffix?: string;
  index?: number;
}

/** The values of an element of a sound object. */
export function itemsOf(owner: Fields, name: string): Item[] {
  if (!name.endsWith('[x]')) return itemsAt(owner, name);
  const stem = name.slice(0, -'[x]'.length);
  for (const key in owner) {
    const bare = key.startsWith('_') ? key.slice(1) : key;
    const suffix = bare.slice(stem.length);
    if (bare.startsWith(stem) && /^[A-Z]/.test(suffix))
      return itemsAt(owner, bare).map((item) => ({ ...item, suffix }));
  }
  return [];
}

/** What holds the elements of an item: itself, or what stands beside it. */
export function ownerIn({ value, companion }: Item): Fields {
  return isFields(value) ? value : (companion ?? {});
}

/** The type in a choice; the type of a resource; undefined where the element alone tells it. */
export function typeIn({ suffix, value }: Item): string | undefined {
  if (suffix !== undefined) return suffix;
  return isFields(value) && typeof value.resourceType === 'string' ? value.resourceType : undefined;
}

/** Does the work where the item stands. */
export function atItem({ index }: Item, inspection: Inspection, work: () => void): void {
  if (index === undefined) {
    work();
    return;
  }
  inspection.enter(index);
  work();
  inspection.leave();
}

/** `value` of `value[x]`. */
export function segmentOf(name: string): string {
  return name.endsWith('[x]') ? name.slice(0, -'[x]'.length) : name;
}

function itemsAt(owner: Fields, key: string): Item[] {
  const [value, beside] = [owner[key], owner[`_${key}`]];
  if (!Array.isArray(value) && !Array.isArray(beside)) {
    return value === undefined && beside === undefined ? [] : [{ value, companion: fieldsIn(beside) }];
  }
  const [values, companions] = [listIn(value), listIn(beside)];
  return Array.from({ length: Math.max(values.length, companions.length) }, (_, index) => ({
    value: values[index] ?? undefined,
    companion: fieldsIn(companions[index]),
    index,
  }));
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsIn(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}
