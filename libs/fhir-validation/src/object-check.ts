import { type Fields, isFields, kindOf } from './fields.js';
import { type Check, type Inspection } from './inspection.js';
import { type Slot } from './slots.js';
import { reportUnknown } from './unknown-element.js';

export interface ObjectStructure {
  slots: ReadonlyMap<string, Slot>;
  required: readonly RequiredElement[];
  /** An object of this kind may have an id and nothing else: a resource, or what stands beside a primitive. */
  mayHoldIdOnly: boolean;
}

/** An element with min 1, and the properties in which it may come. */
export interface RequiredElement {
  segment: string;
  keys: readonly string[];
}

/** Checks an object's properties: all known, each sound, none missing, one type per choice. */
export function checkObject({ slots, required, mayHoldIdOnly }: ObjectStructure): Check {
  return (value, inspection) => {
    if (!isFields(value)) {
      inspection.fault('structure', `Here stands ${kindOf(value)}; allowed is an object.`);
      return;
    }
    if (inspection.isTooDeep()) return;
    const keys = Object.keys(value);
    if (keys.length === 0)
      inspection.fault('structure', 'An empty object says nothing: leave the element out (ele-1).');
    else if (keys.length === 1 && keys[0] === 'id' && !mayHoldIdOnly) {
      inspection.fault('structure', 'An element needs more than an id (ele-1).');
    }
    checkKeys(value, { keys, slots }, inspection);
    for (const element of required) checkPresence(value, element, inspection);
  };
}

function checkKeys(
  value: Fields,
  { keys, slots }: { keys: readonly string[]; slots: ObjectStructure['slots'] },
  inspection: Inspection,
): void {
  let choices: Map<string, string> | undefined;
  for (const key of keys) {
    if (inspection.stopped) return;
    const slot = slots.get(key);
    if (slot === undefined) {
      reportUnknown(key, slots, inspection);
      continue;
    }
    inspection.enter(slot.segment);
    slot.check(value, inspection);
    inspection.leave();
    if (slot.choice !== undefined) {
      choices ??= new Map();
      checkChoice(slot.isCompanion ? key.slice(1) : key, { slot, choices }, inspection);
    }
  }
}

function checkChoice(
  key: string,
  { slot, choices }: { slot: Slot; choices: Map<string, string> },
  inspection: Inspection,
): void {
  const other = choices.get(slot.segment);
  if (other === undefined) choices.set(slot.segment, key);
  else if (other !== key) {
    inspection.fault(
      'structure',
      `Both ${other} and ${key} are given; ${slot.segment}[x] takes one type.`,
      slot.segment,
    );
  }
}

function checkPresence(value: Fields, { segment, keys }: RequiredElement, inspection: Inspection): void {
  if (keys.some((key) => Object.hasOwn(value, key))) return;
  const names = keys.filter((key) => !key.startsWith('_'));
  const said = names.length > 15 ? `${segment}[x]` : names.join(' or ');
  inspection.fault('required', `The element ${said} is required and missing.`, segment);
}
