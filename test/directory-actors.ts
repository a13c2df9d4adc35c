import type { Extension, HealthcareService, OperationOutcome } from 'fhir/r4';
import type { ReferralActors } from './referral-actors.js';

const base = 'https://ginnel.org.uk/fhir/StructureDefinition';

/** Facts of an activity as its provider enters them. */
export interface ActivityFacts {
  places?: number;
  waitingList?: boolean;
  capacity?: 'capacity' | 'no-capacity';
  fundedUntil?: string;
  lastDay?: string;
  useCase?: string;
  active?: boolean;
}

/** A new activity of Keighley Healthy Living; its id. */
export async function newActivity(actors: ReferralActors, facts: ActivityFacts, name = 'Pottery'): Promise<string> {
  const made = await actors.create<HealthcareService>('provider-khl', activityWith(facts, name));
  return made.id ?? '';
}

export function activityWith(facts: ActivityFacts, name = 'Pottery'): HealthcareService {
  const extension = extensionsOf(facts);
  return {
    resourceType: 'HealthcareService',
    active: facts.active ?? true,
    name,
    providedBy: { reference: 'Organization/keighley-healthy-living', display: 'Keighley Healthy Living' },
    program: [{ coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/programme', code: 'pottery' }] }],
    location: [{ reference: 'Location/healthy-living-centre' }],
    ...(extension.length > 0 ? { extension } : {}),
  };
}

/** How many of its places an activity shows as taken. */
export function takenAt({ extension = [] }: HealthcareService): number | undefined {
  return extension.find(({ url }) => url === `${base}/places-taken`)?.valueUnsignedInt;
}

/** What an answer says of activities: why not, and which instead. */
export function toldOf({ issue }: OperationOutcome): { reasons: string[]; alternatives: string[] } {
  const codes = issue[0]?.details?.coding ?? [];
  return {
    reasons: codes.filter(({ system }) => system?.endsWith('/referability')).map(({ code = '' }) => code),
    alternatives: issue.flatMap(({ extension = [] }) => extension.map((one) => one.valueReference?.reference ?? '')),
  };
}

function extensionsOf({ places, waitingList, capacity, fundedUntil, lastDay, useCase }: ActivityFacts): Extension[] {
  const of = (url: string, value: Omit<Extension, 'url'> | undefined) =>
    value ? [{ url: `${base}/${url}`, ...value }] : [];
  const system = 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case';
  return [
    ...of('places', places === undefined ? undefined : { valuePositiveInt: places }),
    ...of('waiting-list', waitingList === undefined ? undefined : { valueBoolean: waitingList }),
    ...of('capacity-status', capacity === undefined ? undefined : { valueCode: capacity }),
    ...of('funded-until', fundedUntil === undefined ? undefined : { valueDate: fundedUntil }),
    ...of('runs', lastDay === undefined ? undefined : { valuePeriod: { end: lastDay } }),
    ...of('accepts-use-case', useCase === undefined ? undefined : { valueCoding: { system, code: useCase } }),
  ];
}
