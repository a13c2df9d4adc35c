import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4';
import { isPermitted } from '#auth';
import { sees } from '#fhir';
import type { Dice } from '../hostile/dice.js';
import type { Judged, Judging } from './judge.js';
import { types, type Version } from './records.js';
import type { Place } from './sub-world.js';
import { marksOf, nextIn } from './world.js';

/** A question for what has a name: a resource, a version, versions, or all that is kept of a patient. */
export type Lookup =
  | { kind: 'read'; type: string; id: string }
  | { kind: 'vread'; type: string; id: string; number: number }
  | { kind: 'history'; type: string; id?: string }
  | { kind: 'everything'; id: string };

export function lookupOf(versions: readonly Version[], dice: Dice): Lookup {
  const { type, id, number } = dice.of(versions);
  const patients = versions.filter((version) => version.type === 'Patient');
  return dice.of<Lookup>([
    { kind: 'read', type, id },
    { kind: 'vread', type, id, number },
    { kind: 'history', type, id },
    dice.chance(0.3) ? { kind: 'history', type } : { kind: 'read', type: dice.of(types), id },
    { kind: 'everything', id: dice.of(patients).id },
  ]);
}

/** What an answer must tell: its status, and the places or versions that it names. */
interface Expected {
  status: number;
  least?: ReadonlySet<string>;
  most?: ReadonlySet<string>;
}

/** Asks, follows every page, and compares with what the actor may see of each version. */
export async function judgeLookup(lookup: Lookup, judging: Judging): Promise<Judged> {
  const path = pathOf(lookup);
  const expected = expectedOf(lookup, judging);
  const { status, told } = await toldAt(path, lookup, judging);
  const { least = new Set<string>(), most = least } = expected;
  const leaked = [...told].filter((name) => !most.has(name) && !isTopic(name));
  const missing = [...least].filter((name) => !told.has(name));
  if (status === expected.status && leaked.length + missing.length === 0) return { told: told.size > 0 };
  const otherwise =
    status === expected.status ? {} : { otherwise: `status ${String(status)}, expected ${String(expected.status)}` };
  return { told: true, fault: { actor: judging.actor.name, path, leaked, missing, ...otherwise } };
}

/** Topics are there for everybody; nobody put them here. */
function isTopic(name: string): boolean {
  return name.startsWith('Basic/') && !name.startsWith('Basic/basic-');
}

function pathOf(lookup: Lookup): string {
  switch (lookup.kind) {
    case 'read':
      return `${lookup.type}/${lookup.id}`;
    case 'vread':
      return `${lookup.type}/${lookup.id}/_history/${String(lookup.number)}`;
    case 'history':
      return `${lookup.type}${lookup.id === undefined ? '' : `/${lookup.id}`}/_history?_count=7`;
    case 'everything':
      return `Patient/${lookup.id}/$everything?_count=50`;
  }
}

function expectedOf(lookup: Lookup, judging: Judging): Expected {
  if (lookup.kind === 'everything') return everythingOf(lookup.id, judging);
  const { type, id } = lookup;
  if (!judging.sub.mayRead(type)) return { status: 403 };
  const versions = judging.world.versions.filter(
    (version) => version.type === type && (id === undefined || version.id === id),
  );
  const seen = versions.filter((version) => isSeen(version, judging));
  if (lookup.kind === 'history') {
    const isAbsent = id !== undefined && seen.length === 0;
    return isAbsent ? { status: 404 } : { status: 200, least: new Set(seen.map(nameOf)) };
  }
  const number = lookup.kind === 'vread' ? lookup.number : versions.at(-1)?.number;
  const version = seen.find((one) => one.number === number);
  if (!version) return { status: 404 };
  return version.resource ? { status: 200, least: new Set([nameOf(version)]) } : { status: 410 };
}

function isSeen(version: Version, { actor, sub }: Judging): boolean {
  return sees(actor.caller.audience, marksOf(version)) && sub.isLeft(`${version.type}/${version.id}`);
}

function everythingOf(id: string, judging: Judging): Expected {
  const { world, actor, sub } = judging;
  const root: Place = `Patient/${id}`;
  const isAllowed = isPermitted(actor.caller, { operation: 'everything' }) && sub.mayRead('Patient');
  if (!isAllowed) return { status: 403 };
  if (!sub.sees(root)) return { status: isDeletedFor(root, judging) ? 410 : 404 };
  const members = [root, ...sub.pointersTo(root)];
  const all = [...members, ...members.flatMap((member) => sub.namedBy(member))].filter((place) => sub.sees(place));
  const current = new Map(world.versions.map((version) => [`${version.type}/${version.id}`, version]));
  const named = all.flatMap((place) => current.get(place) ?? []).map(nameOf);
  return { status: 200, least: new Set(named) };
}

function isDeletedFor(place: Place, judging: Judging): boolean {
  const last = judging.world.versions.filter(({ type, id }) => `${type}/${id}` === place).at(-1);
  return last !== undefined && !last.resource && isSeen(last, judging);
}

/** Every version that the answer tells of, as `Type/id/number`, through all pages; the status of the last one. */
async function toldAt(
  path: string,
  { kind }: Lookup,
  { world, actor }: Judging,
): Promise<{ status: number; told: ReadonlySet<string> }> {
  const told: string[] = [];
  let heard = await world.ask(actor, path);
  const single = kind === 'read' || kind === 'vread';
  if (heard.status === 200 && single) told.push(versionIn(JSON.parse(heard.text) as FhirResource));
  while (heard.status === 200 && !single) {
    const bundle = JSON.parse(heard.text) as Bundle<FhirResource>;
    told.push(...(bundle.entry ?? []).map(versionOfEntry));
    const next = nextIn(bundle);
    if (next === undefined) break;
    heard = await world.ask(actor, next);
  }
  return { status: heard.status, told: new Set(told) };
}

/** A deletion has no resource: its address and its ETag tell of it. */
function versionOfEntry({ resource, request, response }: BundleEntry<FhirResource>): string {
  if (resource) return versionIn(resource);
  return `${request?.url ?? ''}/${/\d+/.exec(response?.etag ?? '')?.[0] ?? ''}`;
}

function versionIn({ resourceType, id, meta }: FhirResource): string {
  return [resourceType, id, meta?.versionId].join('/');
}

function nameOf({ type, id, number }: Version): string {
  return `${type}/${id}/${String(number)}`;
}
