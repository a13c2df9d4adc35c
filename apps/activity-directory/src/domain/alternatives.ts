import type { CodeableConcept, HealthcareService } from 'fhir/r4';
import { placesLeft } from './capacity.js';
import { type Activity, findActivities } from './activity-search.js';
import { referability, type ReferralNeed } from './referability.js';

/** Another activity, as an answer names it. */
export interface Alternative {
  id: string;
  name?: string;
  provider?: string;
  /** From the activity that was asked for; undefined for one without a place. */
  km?: number;
  /** Undefined where it counts no places. */
  placesLeft?: number;
}

const atMost = 5;
const withinKm = 30;

/** Activities like this one that can take somebody now, the nearest to it first: of its programme, category, type or conditions. */
export function alternativesTo(asked: Activity, activities: readonly Activity[], need: ReferralNeed): Alternative[] {
  const like = activities.filter(
    ({ service }) =>
      service.id !== asked.service.id &&
      isLike(asked.service, service) &&
      referability(service, need).outcome === 'open',
  );
  const place = asked.locations.find(({ position }) => position !== undefined)?.position;
  const near = place ? { near: { place, withinKm } } : {};
  return findActivities(like, near)
    .slice(0, atMost)
    .map(({ service, distanceKm }) => told(service, distanceKm));
}

function told(service: HealthcareService, km: number | undefined): Alternative {
  const left = placesLeft(service);
  const { id = '', name, providedBy } = service;
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(providedBy?.display === undefined ? {} : { provider: providedBy.display }),
    ...(km === undefined ? {} : { km: Math.round(km * 10) / 10 }),
    ...(left === undefined ? {} : { placesLeft: left }),
  };
}

/** Those of a programme are alternatives to each other; others by what they are or for whom. */
function isLike(one: HealthcareService, other: HealthcareService): boolean {
  if (one.program && other.program) return sharesCode(one.program, other.program);
  const kinds = (service: HealthcareService) => [...(service.category ?? []), ...(service.type ?? [])];
  const conditions = ({ eligibility = [] }: HealthcareService) => eligibility.flatMap(({ code }) => code ?? []);
  return sharesCode(kinds(one), kinds(other)) || sharesCode(conditions(one), conditions(other));
}

function sharesCode(some: readonly CodeableConcept[], others: readonly CodeableConcept[]): boolean {
  const codes = (concepts: readonly CodeableConcept[]) =>
    concepts.flatMap(({ coding = [] }) => coding.map(({ system, code }) => `${system ?? ''}|${code ?? ''}`));
  const known = new Set(codes(others));
  return codes(some).some((code) => known.has(code));
}
