/** A canonical address and the version that it asks for, if it does. https://hl7.org/fhir/R4/references.html#canonical */
export interface Canonical {
  url: string;
  version?: string;
}

export function canonicalOf(text: string): Canonical {
  const at = text.lastIndexOf('|');
  if (at < 0 || at === text.length - 1) return { url: at < 0 ? text : text.slice(0, at) };
  return { url: text.slice(0, at), version: text.slice(at + 1) };
}

/** Below 0 where the first is older. Numbers count as numbers (4.0.10 is after 4.0.9), dates come right by themselves. */
export function compareVersions(one: string | undefined, other: string | undefined): number {
  const [these, those] = [partsOf(one), partsOf(other)];
  for (let at = 0; at < Math.max(these.length, those.length); at += 1) {
    const order = comparePart(these[at] ?? '', those[at] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function partsOf(version: string | undefined): string[] {
  return version === undefined ? [] : version.split(/[.\-+]/);
}

function comparePart(one: string, other: string): number {
  if (/^\d+$/.test(one) && /^\d+$/.test(other)) return Number(one) - Number(other);
  return one === other ? 0 : one < other ? -1 : 1;
}
