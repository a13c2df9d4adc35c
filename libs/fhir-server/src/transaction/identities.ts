import { error, FhirError, type Issue } from '#fhir';
import { inEntry } from '../interactions/stored-response.js';
import type { IdentifiedEntry, WriteEntry } from './entry.js';
import type { OnBehalf, Participant } from './participant.js';

export interface Identifying {
  participantOf: (entry: Pick<WriteEntry, 'owner'>) => Participant;
  behalf: OnBehalf;
  newId: () => string;
}

/**
 * Each entry with the id of its resource: the one that it names, the one that meets its criteria, or a new one. Only then can
 * others refer to it, and one resource in two entries be seen.
 */
export async function identified(entries: readonly WriteEntry[], identifying: Identifying): Promise<IdentifiedEntry[]> {
  const found: IdentifiedEntry[] = [];
  for (const entry of entries) {
    try {
      found.push(await withId(entry, identifying));
    } catch (thrown) {
      throw inEntry(thrown, entry.place);
    }
  }
  refuseTwice(found);
  return found;
}

async function withId(entry: WriteEntry, identifying: Identifying): Promise<IdentifiedEntry> {
  const criteria = criteriaOf(entry);
  if (criteria === undefined) {
    return { ...entry, id: 'address' in entry && 'id' in entry.address ? entry.address.id : identifying.newId() };
  }
  const { type, interaction } = entry;
  const makes = interaction === 'create' || interaction === 'update';
  const match = await identifying.participantOf(entry).match({ type, criteria, makes }, identifying.behalf);
  if (match !== undefined) return { ...entry, id: match, ...(interaction === 'create' ? { isThere: true } : {}) };
  if (entry.interaction === 'create') return { ...entry, id: identifying.newId() };
  if (entry.interaction === 'update') {
    return { ...entry, id: entry.resource.id ?? identifying.newId(), isMissing: true };
  }
  return entry;
}

function criteriaOf(entry: WriteEntry): string | undefined {
  if (entry.interaction === 'create') return entry.ifNoneExist;
  return 'criteria' in entry.address ? entry.address.criteria : undefined;
}

/** Two entries under one fullUrl, or of one resource. https://hl7.org/fhir/R4/http.html#transaction */
function refuseTwice(entries: readonly IdentifiedEntry[]): void {
  const seen = new Map<string, string>();
  const issues = entries.flatMap((entry): Issue[] => {
    const names = [...(entry.id === undefined ? [] : [`${entry.type}/${entry.id}`]), ...fullUrlOf(entry)];
    const other = names.map((name) => seen.get(name)).find((place) => place !== undefined);
    for (const name of names) seen.set(name, entry.place);
    if (other === undefined) return [];
    return [error('invalid', `This entry has the same fullUrl as ${other}, or is of the same resource.`, entry.place)];
  });
  if (issues.length > 0) throw new FhirError(issues);
}

function fullUrlOf({ fullUrl }: IdentifiedEntry): string[] {
  return fullUrl === undefined ? [] : [fullUrl];
}
