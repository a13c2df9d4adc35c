import type { FhirResource } from 'fhir/r4';
import { type Audience, FhirError, parseJson, type ResourceId, resourceIdOf } from '#fhir';
import { hierarchyOf, indexEntriesOf } from '#fhir-search';
import type { Stored } from '#fhir-store';

/** As many steps up as any organisation of people has. */
const deepest = 20;

/** Ids of what these references are a part of, however far above, as far as it may be seen; read from its owner step by step. */
export async function ancestorsOf(
  { type, values }: { type: string; values: readonly string[] },
  reader: Audience,
  resolve: (ids: readonly ResourceId[], reader: Audience) => Promise<Stored[]>,
): Promise<string[]> {
  const known = new Set(values);
  let fresh = [...values];
  for (let steps = 0; fresh.length > 0; steps++) {
    if (steps === deepest) throw FhirError.of('too-costly', `The tree of this ${type} is too deep.`, { status: 400 });
    const ids = fresh.map(resourceIdOf).filter((id) => id !== undefined);
    const read = await resolve(ids, reader);
    fresh = read.flatMap((stored) => (stored.deleted ? [] : parentsOf(stored))).filter((parent) => !known.has(parent));
    for (const parent of fresh) known.add(parent);
  }
  return [...known].map((reference) => reference.slice(type.length + 1));
}

function parentsOf({ type, content }: Stored): string[] {
  const tree = hierarchyOf(type);
  const entries = indexEntriesOf(parseJson(content) as FhirResource);
  const parents = entries.find(({ parameter }) => parameter.code === tree?.code)?.values ?? [];
  return parents.flatMap((value) => (value.type === 'reference' ? [value.value] : []));
}
