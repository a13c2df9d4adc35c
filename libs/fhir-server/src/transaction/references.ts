import type { FhirResource } from 'fhir/r4';
import { error, FhirError, type Issue, ownerOf, referencesIn } from '#fhir';
import type { IdentifiedEntry } from './entry.js';
import type { Identifying } from './identities.js';
import { type NewLink, relinked } from './links.js';

/** The entries with every link to another entry, and every conditional reference, led to a resource. */
export async function resolved(
  entries: readonly IdentifiedEntry[],
  identifying: Identifying,
): Promise<IdentifiedEntry[]> {
  const assigned = assignedLinks(entries);
  const matches = await matchesOf(entries, identifying);
  const led = entries.map((entry) => {
    if (!('resource' in entry)) return entry;
    const newLink = (link: string): string | undefined => assigned.get(absolute(link, entry)) ?? matches.get(link);
    return withResource(entry, newLink);
  });
  const issues = led.flatMap((entry) => ('resource' in entry ? danglingIn(entry) : []));
  if (issues.length > 0) throw new FhirError(issues);
  return led;
}

function withResource<E extends IdentifiedEntry & { resource: FhirResource }>(entry: E, newLink: NewLink): E {
  return { ...entry, resource: relinked(entry.resource, newLink) };
}

function assignedLinks(entries: readonly IdentifiedEntry[]): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap(({ interaction, fullUrl, type, id }) =>
      fullUrl === undefined || id === undefined || interaction === 'delete'
        ? []
        : [[fullUrl, `${type}/${id}`] as const],
    ),
  );
}

/** A relative link of a resource whose fullUrl is an address stands below the same base. https://hl7.org/fhir/R4/bundle.html#references */
function absolute(link: string, { fullUrl = '' }: IdentifiedEntry): string {
  const base = /^(https?:\/\/.+\/)[A-Z][A-Za-z]*\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl)?.[1];
  return base !== undefined && /^[A-Z][A-Za-z]*\/[A-Za-z0-9\-.]{1,64}$/.test(link) ? `${base}${link}` : link;
}

const conditional = /^([A-Z][A-Za-z]*)\?(.+)$/;

/** Each conditional reference (`Patient?identifier=…`) with the one resource that it means: within what the caller may see. */
async function matchesOf(entries: readonly IdentifiedEntry[], identifying: Identifying): Promise<Map<string, string>> {
  const matches = new Map<string, string>();
  for (const { literal, type, criteria, place } of entries.flatMap(conditionalIn)) {
    if (!matches.has(literal)) matches.set(literal, await matchOf({ type, criteria, place }, identifying));
  }
  return matches;
}

interface ConditionalReference {
  type: string;
  criteria: string;
  place: string;
}

function conditionalIn(entry: IdentifiedEntry): (ConditionalReference & { literal: string })[] {
  if (!('resource' in entry)) return [];
  return referencesIn(entry.resource).flatMap(({ path, reference: { reference: literal = '' } }) => {
    const [, type, criteria] = conditional.exec(literal) ?? [];
    if (type === undefined || criteria === undefined) return [];
    return [{ literal, type, criteria, place: placeIn(entry, path) }];
  });
}

async function matchOf(
  { type, criteria, place }: ConditionalReference,
  { participantOf, behalf }: Identifying,
): Promise<string> {
  const owner = ownerOf(type);
  if (owner === undefined) throw new FhirError([error('value', `A ${type} is not served here.`, place)]);
  const id = await participantOf({ owner })
    .match({ type, criteria }, behalf)
    .catch((thrown: unknown) => {
      throw thrown instanceof FhirError ? placedAt(thrown, place) : thrown;
    });
  if (id !== undefined) return `${type}/${id}`;
  const diagnostics = `This reference must mean one ${type}; none that you may see meets its criteria.`;
  throw new FhirError([error('not-found', diagnostics, place)], { status: 412 });
}

function placedAt({ issues, status, cause }: FhirError, place: string): FhirError {
  return new FhirError(
    issues.map((issue) => ({ ...issue, expression: [place] })),
    { status, cause },
  );
}

function danglingIn(entry: IdentifiedEntry & { resource: FhirResource }): Issue[] {
  return referencesIn(entry.resource)
    .filter(({ reference }) => reference.reference?.startsWith('urn:'))
    .map(({ path }) => error('value', 'This reference is to no fullUrl of the Bundle.', placeIn(entry, path)));
}

function placeIn({ place, ...entry }: IdentifiedEntry, path: string): string {
  const type = 'resource' in entry ? entry.resource.resourceType : '';
  return `${place}.resource${path.slice(type.length)}.reference`;
}
