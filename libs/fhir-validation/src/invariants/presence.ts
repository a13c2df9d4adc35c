// Whether an element is there: with a value, or with extensions only, as FHIRPath's exists() means it.

type Named<T> = T extends object ? keyof T & string : never;

export function has<T extends object>(value: T, name: Named<T>): boolean {
  return value[name] !== undefined || (value as Record<string, unknown>)[`_${name}`] !== undefined;
}

export function lacks<T extends object>(value: T, name: Named<T>): boolean {
  return !has(value, name);
}

/** Whether an element `value[x]` is there in any of its types. */
export function hasChoice(value: object, element: string): boolean {
  for (const key in value) if (isOfChoice(key, element)) return true;
  return false;
}

function isOfChoice(key: string, element: string): boolean {
  const start = key.startsWith('_') ? 1 : 0;
  const next = key.charCodeAt(start + element.length);
  return key.startsWith(element, start) && next >= 65 && next <= 90;
}

/** Places of what comes again: `resource[3].type`. */
export function repeated<T>(items: readonly T[] = [], keyOf: (item: T) => string | undefined): number[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    if (key === undefined) return [];
    if (seen.has(key)) return [index];
    seen.add(key);
    return [];
  });
}
