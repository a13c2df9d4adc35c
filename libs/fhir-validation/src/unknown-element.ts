import { type Inspection } from './inspection.js';
import { quotedName } from './quoting.js';
import { type Slot } from './slots.js';

/** Reports an element that its parent does not have, with what may have been meant. */
export function reportUnknown(key: string, slots: ReadonlyMap<string, Slot>, inspection: Inspection): void {
  const name = quotedName(key);
  if (name === undefined) {
    inspection.fault('structure', 'Here is an element whose name is not one of FHIR.');
    return;
  }
  inspection.fault('structure', `The element ${name} is not known here${meant(key, slots)}.`, key.replace(/^_/, ''));
}

function meant(key: string, slots: ReadonlyMap<string, Slot>): string {
  const names = [...slots.keys()].filter((name) => !name.startsWith('_'));
  const choices = names.filter((name) => key.startsWith(slots.get(name)?.choice ?? ' '));
  if (choices.length > 0) return `; it is written with one of its types: ${listed(choices)}`;
  const nearest = nearestOf(key, names);
  return nearest === undefined ? `; known are ${listed(names)}` : `; the nearest known is "${nearest}"`;
}

function listed(names: readonly string[]): string {
  return names.length > 15
    ? `${names.slice(0, 15).join(', ')} and ${String(names.length - 15)} more`
    : names.join(', ');
}

function nearestOf(key: string, names: readonly string[]): string | undefined {
  const near = names.map((name) => ({ name, steps: distance(key.toLowerCase(), name.toLowerCase()) }));
  const [best] = near.sort((one, other) => one.steps - other.steps);
  return best && best.steps <= Math.max(1, Math.floor(key.length / 3)) ? best.name : undefined;
}

/** How many letters must be put in, left out or changed to make one word of the other. */
function distance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 0; row < one.length; row += 1) {
    const current = [row + 1];
    for (let column = 0; column < other.length; column += 1) {
      const changed = (previous[column] ?? 0) + (one[row] === other[column] ? 0 : 1);
      current.push(Math.min(changed, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[other.length] ?? one.length;
}
