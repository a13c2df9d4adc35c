import type { FhirResource } from 'fhir/r4';
import { owners } from '#fhir';
import type { Dice } from '../hostile/dice.js';
import { sampleOf } from '../matrix/sample.js';
import { lastVariant } from '../matrix/shapes.js';
import { sampleCodeSystem, sampleValueSets } from '../matrix/terminology.js';

/** One version of a resource as it is to be stored. */
export interface Version {
  type: string;
  id: string;
  number: number;
  /** Organisations, or `public`: plain, as a service decides. */
  audience: readonly string[];
  /** Undefined where this version is a deletion. */
  resource?: FhirResource;
}

export const types: readonly string[] = Object.values(owners).flat();
const readByAll: readonly string[] = [...owners['activity-directory'], 'Questionnaire', 'ValueSet', 'CodeSystem'];
const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
/** Elements that a sample keeps, so that it can be told and stored. */
const kept = ['resourceType', 'meta', 'status', 'text'];

/** So many resources of every type, some in several versions, some deleted, some restricted; they point to each other. */
export function versionsOf(each: number, organisations: readonly string[], dice: Dice): Version[] {
  const ids = new Map(types.map((type) => [type, Array.from({ length: each }, (_, at) => idOf(type, at))]));
  const world: Made = { ids, organisations, dice };
  return [
    ...terminology(),
    ...types.flatMap((type) => (ids.get(type) ?? []).flatMap((id) => versionsOfOne({ type, id }, world))),
  ];
}

/** What `:in` and `:below` are asked with: everybody's. */
function terminology(): Version[] {
  return [sampleCodeSystem(), ...sampleValueSets()].map((resource, at) => {
    const [type, id] = [resource.resourceType, `sample-${String(at)}`];
    return { type, id, number: 1, audience: ['public'], resource: { ...resource, id } };
  });
}

interface Made {
  ids: ReadonlyMap<string, readonly string[]>;
  organisations: readonly string[];
  dice: Dice;
}

function versionsOfOne({ type, id }: { type: string; id: string }, world: Made): Version[] {
  const { dice } = world;
  const count = dice.chance(0.3) ? 2 : 1;
  const versions: Version[] = Array.from({ length: count }, (_, at) => ({
    type,
    id,
    number: at + 1,
    audience: audienceOf(type, world),
    resource: resourceOf({ type, id, number: at + 1 }, world),
  }));
  const { audience } = versions.at(-1) ?? { audience: [] };
  const isDeleted = dice.chance(0.05);
  return isDeleted ? [...versions, { type, id, number: count + 1, audience }] : versions;
}

function audienceOf(type: string, { organisations, dice }: Made): string[] {
  if (readByAll.includes(type) && dice.chance(0.6)) return ['public'];
  const some = organisations.filter(() => dice.chance(0.35));
  return some.length === 0 ? [dice.of(organisations)] : some;
}

/** Says less than the sample, so that no two are alike, and bears a word that is its own. */
function resourceOf(
  { type, id, number }: { type: string; id: string; number: number },
  { ids, dice }: Made,
): FhirResource {
  const place = (targets: readonly string[]): string | undefined => {
    const some = targets.filter((target) => ids.has(target));
    const target = some.length === 0 ? 'Patient' : dice.of(some);
    return `${target}/${dice.of(ids.get(target) ?? ['none'])}`;
  };
  const sample = sampleOf(type, { variant: dice.below(lastVariant + 1), place });
  const said = Object.entries(sample).filter(([name]) => kept.includes(name) || dice.chance(0.8));
  const tag = { system: 'https://oracle.example/tags', code: wordOf({ type, id, number }) };
  const security = dice.chance(0) ? [{ system: confidentiality, code: dice.of(['R', 'V']) }] : [];
  // Two of one name and birthday would be asked after as one person, by Tasks that the dice know nothing of.
  const day = new Date(Date.UTC(1920, 0, 1 + (Number(/\d+$/.exec(id)?.[0] ?? 0) % 20_000) * 2));
  const born = type === 'Patient' ? { birthDate: day.toISOString().slice(0, 10) } : {};
  // On, a Subscription would be tried at an address that is nobody's, and change.
  const still = type === 'Subscription' ? { status: 'off' } : {};
  return {
    ...Object.fromEntries(said),
    ...born,
    ...still,
    id,
    meta: { tag: [tag], security },
  } as unknown as FhirResource;
}

/** The id of the resource of this type and number. */
export function idOf(type: string, at: number): string {
  return `${type.toLowerCase()}-${String(at)}`;
}

/** Stands in this version and nowhere else. */
export function wordOf({ type, id, number }: Pick<Version, 'type' | 'id' | 'number'>): string {
  return `canary-${type}-${id}-v${String(number)}`;
}
