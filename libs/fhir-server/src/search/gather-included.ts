import { type Audience, FhirError, ownerOf, type ServiceName, sees } from '#fhir';
import type { Include, SearchQuery } from '#fhir-search';
import type { FhirStore, IncludedPage, SearchPage, Stored } from '#fhir-store';
import { readThrough } from './read-through.js';
import type { Resolving } from './resolve-criteria.js';

/** How often `:iterate` goes on from one service to another. */
const roundsAtMost = 5;

interface Gathering {
  store: FhirStore;
  reader: Audience;
  resolving: Resolving;
  includes: readonly Include[];
  atMost: number;
}

/** Where the next round starts: the matches with every include, what came along with those that iterate. */
interface Start {
  stored: readonly Stored[];
  includes: readonly Include[];
  /** The service whose own part of it is done. */
  doneBy?: ServiceName | undefined;
  /** The search's own store has done its copies of others', too. */
  copies?: boolean;
}

/** What comes along with a page: its store's part is there already; each other owner is asked once per round for the rest. */
export async function gatherIncluded(
  { query, page }: { query: SearchQuery; page: SearchPage },
  { store, reader, resolving, atMost }: Omit<Gathering, 'includes'>,
): Promise<Stored[]> {
  const { includes } = query;
  if (includes.length === 0) return [];
  const gathering = { store, reader, resolving, includes, atMost };
  const iterated = includes.filter(({ iterate }) => iterate === true);
  const found = new Map<string, Stored>(page.matches.map((stored) => [nameOf(stored), stored]));
  const matches = new Set(found.keys());
  for (const stored of page.included) found.set(nameOf(stored), stored);
  const own = ownerOf(query.type);
  let starts: Start[] = [
    { stored: page.matches, includes, doneBy: own, copies: true },
    { stored: page.included, includes: iterated, doneBy: own, copies: true },
  ];
  let elsewhere = page.elsewhere;
  for (let round = 0; round < roundsAtMost; round++) {
    const fresh = (await nextOf(starts, elsewhere, gathering)).filter((stored) => !found.has(nameOf(stored.stored)));
    for (const { stored } of fresh) found.set(nameOf(stored), stored);
    refuseMany(found.size - matches.size, atMost);
    if (iterated.length === 0 || fresh.length === 0) break;
    starts = startsOf(fresh, iterated);
    elsewhere = [];
  }
  return [...found].filter(([name]) => !matches.has(name)).map(([, stored]) => stored);
}

/** A resource, and the service that has gone on from it already as far as it holds what follows. */
interface Fresh {
  stored: Stored;
  doneBy?: ServiceName | undefined;
}

function startsOf(fresh: readonly Fresh[], includes: readonly Include[]): Start[] {
  const owners = new Set(fresh.map(({ doneBy }) => doneBy));
  return [...owners].map((doneBy) => ({
    doneBy,
    includes,
    stored: fresh.filter((one) => one.doneBy === doneBy).map(({ stored }) => stored),
  }));
}

async function nextOf(
  starts: readonly Start[],
  elsewhere: SearchPage['elsewhere'],
  gathering: Gathering,
): Promise<Fresh[]> {
  const { reader, resolving } = gathering;
  const answers = await Promise.all(
    starts.flatMap((start) =>
      ownersAfter(start, gathering.store).map(async (owner) => ({
        owner,
        page: await askedOf(owner, start, gathering),
      })),
    ),
  );
  const named = [...elsewhere, ...answers.flatMap(({ page }) => page.elsewhere)];
  const distinct = [...new Map(named.map((id) => [`${id.type}/${id.id}`, id])).values()];
  refuseMany(distinct.length, gathering.atMost);
  const read = await readThrough(distinct, reader, resolving);
  const visible = (stored: Stored): boolean => !stored.deleted && sees(reader, stored.audience);
  return [
    ...answers.flatMap(({ owner, page }) => page.included.map((stored) => ({ stored, doneBy: owner }))),
    ...read.map((stored) => ({ stored })),
  ].filter(({ stored }) => visible(stored));
}

/** The owners of what these includes start from or lead back to, but for the one that has answered. */
function ownersAfter({ stored, includes, doneBy, copies = false }: Start, store: FhirStore): ServiceName[] {
  if (stored.length === 0) return [];
  const types = new Set(stored.map(({ type }) => type));
  const left = includes.filter(({ source }) => !copies || !store.holds(source));
  const useful = left.filter(({ reverse, source }) => reverse || types.has(source));
  const owners = new Set(useful.map(({ source }) => ownerOf(source)).filter((owner) => owner !== undefined));
  return [...owners].filter((owner) => owner !== doneBy);
}

async function askedOf(owner: ServiceName, { stored, includes }: Start, gathering: Gathering): Promise<IncludedPage> {
  const { reader, resolving } = gathering;
  const own = includes.filter(({ source }) => ownerOf(source) === owner);
  const references = stored.map(nameOf);
  const [first] = own;
  const here = first && resolving.faces.typeNamed(first.source)?.face.store;
  if (here) return here.include(own, references, reader);
  if (resolving.searchAcross) return resolving.searchAcross.include(owner, { includes: own, references }, reader);
  return { included: [], elsewhere: [] };
}

function refuseMany(count: number, atMost: number): void {
  if (count <= atMost) return;
  const diagnostics = `This page would include more than ${String(atMost)} resources; ask for fewer.`;
  throw FhirError.of('too-costly', diagnostics);
}

function nameOf({ type, id }: Stored): string {
  return `${type}/${id}`;
}
