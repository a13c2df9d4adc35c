import { isDeepStrictEqual } from 'node:util';
import type { DomainResource, Resource } from 'fhir/r4';
import { withReferences } from '#fhir';

type Contained = readonly Resource[];

/**
 * What was said, as it can be taken over beside these: what it contains has the name that the same has among them, and no name
 * that another one has there. Each message counts its own from the beginning.
 */
export function besideContained<R extends DomainResource>(said: R, before: Contained = []): R {
  const taken = [...before];
  const names = new Map<string, string>();
  const contained = (said.contained ?? []).map((one) => {
    const id =
      taken.find((other) => isDeepStrictEqual({ ...other, id: '' }, { ...one, id: '' }))?.id ?? freeId(one, taken);
    names.set(`#${one.id ?? ''}`, `#${id}`);
    const named = { ...one, id };
    taken.push(named);
    return named;
  });
  return contained.length === 0 ? said : withReferences({ ...said, contained }, (literal) => names.get(literal));
}

/** With those of the candidates that it refers to, and no other: contained is what something refers to. */
export function containing<R extends DomainResource>(resource: R, ...candidates: (Contained | undefined)[]): R {
  const made = { ...resource };
  delete made.contained;
  const distinct = new Map(candidates.flatMap((some = []) => some.map((one) => [one.id, one] as const)));
  const named = namedIn(made, [...distinct.values()]);
  const contained = [...distinct.values()].filter((one) => named.includes(one));
  return contained.length > 0 ? { ...made, contained } : made;
}

function namedIn(value: unknown, candidates: Contained): Resource[] {
  const text = JSON.stringify(value);
  const named = candidates.filter(({ id = '' }) => text.includes(JSON.stringify(`#${id}`)));
  if (named.length === 0) return [];
  const others = candidates.filter((one) => !named.includes(one));
  return [...named, ...namedIn(named, others)];
}

function freeId({ id = '' }: Resource, taken: Contained): string {
  const isTaken = (name: string) => taken.some((one) => one.id === name);
  let name = id;
  for (let at = 2; isTaken(name); at += 1) name = `${id}-${String(at)}`;
  return name;
}
