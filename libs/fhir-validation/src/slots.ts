import { type Fields, isFields, kindOf } from './fields.js';
import { type Check, type Inspection } from './inspection.js';
import { type ElementStructure } from './structures.js';

/** One property that an object may have in JSON. https://hl7.org/fhir/R4/json.html */
export interface Slot {
  /** The element's name in FHIRPath: `value` for `valueString` and for `_valueString`. */
  segment: string;
  /** For one of the types of `value[x]`: `value`. */
  choice?: string;
  /** `_name`: id and extensions of a primitive. */
  isCompanion: boolean;
  check: (owner: Fields, inspection: Inspection) => void;
}

/** One type that an element may have, and how a value of it is checked. */
export interface ElementType {
  code: string;
  isPrimitive: boolean;
  check: Check;
}

/** The properties in which an element may come: one per type of a choice, and one beside each that is primitive. */
export function slotsOf(element: ElementStructure, types: readonly ElementType[], companion: Check): [string, Slot][] {
  const isChoice = element.name.endsWith('[x]');
  const segment = isChoice ? element.name.slice(0, -'[x]'.length) : element.name;
  return types.flatMap(({ code, isPrimitive, check }) => {
    const key = isChoice ? segment + code.charAt(0).toUpperCase() + code.slice(1) : segment;
    const common = { segment, ...(isChoice ? { choice: segment } : {}) };
    const value: Slot = { ...common, isCompanion: false, check: valueCheck(key, element, { isPrimitive, check }) };
    if (!isPrimitive || code === 'xhtml') return [[key, value]];
    const beside: Slot = { ...common, isCompanion: true, check: companionCheck(key, element, companion) };
    return [
      [key, value],
      [`_${key}`, beside],
    ];
  });
}

type SlotCheck = Slot['check'];

function valueCheck(
  key: string,
  element: ElementStructure,
  { isPrimitive, check }: Omit<ElementType, 'code'>,
): SlotCheck {
  if (element.max === 0) {
    return (_, inspection) => {
      inspection.fault('structure', 'This element is not allowed here.');
    };
  }
  if (element.max === undefined)
    return (owner, inspection) => {
      checkSingle(owner[key], check, inspection);
    };
  const mayBeNull = isPrimitive ? (owner: Fields, index: number) => itemAt(owner[`_${key}`], index) !== null : never;
  return (owner, inspection) => {
    const value = owner[key];
    if (!isFilledArray(value, inspection)) return;
    if (typeof element.max === 'number' && value.length > element.max) {
      inspection.fault('structure', `Here are ${String(value.length)} values; allowed are ${String(element.max)}.`);
    }
    checkItems(value, inspection, (item, index) => {
      if (item !== null) check(item, inspection);
      else if (!mayBeNull(owner, index))
        inspection.fault(
          'structure',
          `${nullSaid} A null in a list keeps the place of a value that has only extensions.`,
        );
    });
  };
}

function checkSingle(value: unknown, check: Check, inspection: Inspection): void {
  if (value === null) inspection.fault('structure', nullSaid);
  else if (Array.isArray(value))
    inspection.fault('structure', 'Here stands an array; this element takes one value, without brackets.');
  else check(value, inspection);
}

const nullSaid = 'Here stands null, which says nothing: leave the element out.';

function companionCheck(key: string, element: ElementStructure, companion: Check): SlotCheck {
  const checkOne = (item: unknown, sibling: unknown, inspection: Inspection): void => {
    companion(item, inspection);
    const saysNothing = sibling === undefined && isFields(item) && item.extension === undefined;
    if (saysNothing) inspection.fault('structure', 'Here is neither a value nor an extension (ele-1).');
  };
  if (element.max === undefined) {
    return (owner, inspection) => {
      checkSingle(
        owner[`_${key}`],
        (value) => {
          checkOne(value, owner[key], inspection);
        },
        inspection,
      );
    };
  }
  return (owner, inspection) => {
    const [value, companions] = [owner[key], owner[`_${key}`]];
    if (!isFilledArray(companions, inspection)) return;
    if (Array.isArray(value) && value.length !== companions.length) {
      inspection.fault(
        'structure',
        `The values and their extensions are lists of one length; here they have ${String(value.length)} and ${String(companions.length)}.`,
      );
    }
    checkItems(companions, inspection, (item, index) => {
      const sibling = itemAt(value, index) ?? undefined;
      if (item !== null) checkOne(item, sibling, inspection);
      else if (value === undefined) inspection.fault('structure', nullSaid);
    });
  };
}

function itemAt(list: unknown, index: number): unknown {
  return Array.isArray(list) ? ((list as unknown[])[index] ?? null) : null;
}

function never(): boolean {
  return false;
}

function isFilledArray(value: unknown, inspection: Inspection): value is unknown[] {
  if (!Array.isArray(value)) {
    inspection.fault('structure', `Here stands ${kindOf(value)}; this element takes an array, also for one value.`);
    return false;
  }
  if (value.length === 0) inspection.fault('structure', 'An empty array says nothing: leave the element out.');
  return value.length > 0;
}

function checkItems(
  items: readonly unknown[],
  inspection: Inspection,
  check: (item: unknown, index: number) => void,
): void {
  for (const [index, item] of items.entries()) {
    if (inspection.stopped) return;
    inspection.enter(index);
    check(item, index);
    inspection.leave();
  }
}
