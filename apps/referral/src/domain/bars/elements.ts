import { type MessageEntry } from './message.js';

/** An object somewhere in a resource and its place: `Bundle.entry[5].resource.code.coding[0]`. */
export interface Element {
  path: string;
  element: Readonly<Record<string, unknown>>;
}

/** Every object of every resource, in document order. */
export function elementsOf(entries: readonly MessageEntry[]): Element[] {
  const found: Element[] = [];
  for (const { path, resource } of entries) collect(resource, path, found);
  return found;
}

function collect(value: unknown, path: string, found: Element[]): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      collect(item, `${path}[${String(index)}]`, found);
    });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  found.push({ path, element: value as Record<string, unknown> });
  for (const [name, child] of Object.entries(value)) collect(child, `${path}.${name}`, found);
}
