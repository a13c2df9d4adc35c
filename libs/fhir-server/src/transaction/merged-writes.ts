import { isDeepStrictEqual } from 'node:util';
import { error, FhirError } from '#fhir';
import type { Write } from '#fhir-store';

/** What one entry writes. */
export interface EntryWrites {
  /** `Bundle.entry[2]`. */
  place: string;
  writes: readonly Write[];
}

/**
 * The writes of all entries: one of each resource. Two entries may have the same effect on a resource beside their own, such
 * as the Patient that both let somebody see; two that want it otherwise, or the same thing that is had once, are refused.
 */
export function merged(entries: readonly EntryWrites[]): Write[] {
  const writes = new Map<string, { write: Write; place: string }>();
  for (const { place, writes: some } of entries) {
    const unnamed = new Map<string, number>();
    for (const write of some) {
      const name = nameOf(write) ?? sayingOf(write, unnamed);
      const other = writes.get(name);
      writes.set(name, other ? { ...other, write: together(other, { write, place, name }) } : { write, place });
    }
  }
  refuseSameKeys([...writes.values()]);
  return [...writes.values()].map(({ write }) => write);
}

/** What has no id yet, such as a Provenance: two entries that say the same of it mean the same one. */
function sayingOf(write: Write, unnamed: Map<string, number>): string {
  const said = JSON.stringify(write);
  const times = unnamed.get(said) ?? 0;
  unnamed.set(said, times + 1);
  return `${said} ${String(times)}`;
}

function nameOf(write: Write): string | undefined {
  if (write.interaction === 'delete') return `${write.type}/${write.id}`;
  return write.resource.id === undefined ? undefined : `${write.resource.resourceType}/${write.resource.id}`;
}

function together(
  { write: one, place: first }: { write: Write; place: string },
  { write: other, place, name }: { write: Write; place: string; name: string },
): Write {
  const audience = [...one.audience, ...other.audience];
  if (isDeepStrictEqual({ ...one, audience }, { ...other, audience })) return { ...one, audience };
  const diagnostics =
    `This entry and ${first} both change ${name}, each in its own way: ` +
    'the later one would undo the earlier one. Send them one after the other.';
  throw new FhirError([error('business-rule', diagnostics, place)], { status: 422 });
}

function refuseSameKeys(entries: readonly { write: Write; place: string }[]): void {
  const takenBy = new Map<string, string>();
  for (const { write, place } of entries) {
    for (const key of [...(write.keys ?? []), ...(write.holds ?? []).map((held) => held.key)]) {
      const other = takenBy.get(key);
      if (other !== undefined && other !== place) throw sameKey(place, other);
      takenBy.set(key, place);
    }
  }
}

function sameKey(place: string, other: string): FhirError {
  const diagnostics =
    `This entry and ${other} want the same thing, and it is to be had once: ` +
    'a place, an identifier, or to be the one resource that meets a condition.';
  return new FhirError([error('duplicate', diagnostics, place)], { status: 422 });
}
