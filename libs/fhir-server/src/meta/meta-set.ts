import type { Coding, Meta } from 'fhir/r4';

/** What $meta speaks of: sets of profiles, security labels and tags. https://hl7.org/fhir/R4/resource.html#Meta */
export type MetaSet = Pick<Meta, 'profile' | 'security' | 'tag'>;

/** All that either says, once: a label is known by system and code, a profile by its address. */
export function withMeta(one: MetaSet, other: MetaSet): MetaSet {
  return {
    ...listed('profile', [...new Set([...(one.profile ?? []), ...(other.profile ?? [])])]),
    ...listed('security', distinct([...(one.security ?? []), ...(other.security ?? [])])),
    ...listed('tag', distinct([...(one.tag ?? []), ...(other.tag ?? [])])),
  };
}

/** What the first says and the second does not. */
export function withoutMeta(one: MetaSet, other: MetaSet): MetaSet {
  const profiles = new Set(other.profile);
  return {
    ...listed(
      'profile',
      (one.profile ?? []).filter((profile) => !profiles.has(profile)),
    ),
    ...listed('security', missingFrom(one.security, other.security)),
    ...listed('tag', missingFrom(one.tag, other.tag)),
  };
}

function distinct(codings: readonly Coding[]): Coding[] {
  const seen = new Map<string, Coding>();
  for (const coding of codings) if (!seen.has(keyOf(coding))) seen.set(keyOf(coding), coding);
  return [...seen.values()];
}

function missingFrom(codings: readonly Coding[] = [], removed: readonly Coding[] = []): Coding[] {
  const keys = new Set(removed.map(keyOf));
  return codings.filter((coding) => !keys.has(keyOf(coding)));
}

function keyOf({ system = '', code = '' }: Coding): string {
  return JSON.stringify([system, code]);
}

/** FHIR has no empty arrays. */
function listed<Name extends string, Item>(name: Name, items: Item[]): Partial<Record<Name, Item[]>> {
  return items.length === 0 ? {} : ({ [name]: items } as Record<Name, Item[]>);
}
