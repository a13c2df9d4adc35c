/**
 * A resource without its References to urns that the message has no entry of, and without what says nothing without them: a urn
 * means nothing outside its message, and a receiver refuses one that leads nowhere.
 *
 * @param fullUrls of the entries, in small letters
 */
export function withoutDangling<R extends object>(resource: R, fullUrls: ReadonlySet<string>): R {
  return keptOf(resource, fullUrls) as R;
}

/** Undefined where nothing is left. */
function keptOf(value: unknown, fullUrls: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const kept = value.map((one) => keptOf(one, fullUrls)).filter((one) => one !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  const { reference } = value as { reference?: unknown };
  if (typeof reference === 'string' && dangles(reference, fullUrls)) return undefined;
  const pairs = Object.entries(value).map(([name, each]) => [name, keptOf(each, fullUrls)] as const);
  const kept = pairs.filter(([, each]) => each !== undefined);
  return kept.length < pairs.length && saysNothing(kept.map(([name]) => name)) ? undefined : Object.fromEntries(kept);
}

/** An Extension without its value, and a Patient.link without its `other`. */
function saysNothing(names: readonly string[]): boolean {
  return names.every((name) => ['id', 'url', 'type'].includes(name));
}

function dangles(reference: string, fullUrls: ReadonlySet<string>): boolean {
  return /^urn:/i.test(reference) && !fullUrls.has(reference.toLowerCase());
}
