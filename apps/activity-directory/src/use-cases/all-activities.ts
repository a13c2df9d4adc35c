import { Injectable } from '@nestjs/common';
import type { HealthcareService, Location } from 'fhir/r4';
import { idIn, publicAudience } from '#fhir';
import { FhirStore } from '#fhir-store';
import type { Activity } from '../domain/activity-search.js';

const activitiesAtMost = 1000;

/** The activities of the directory with their places. */
@Injectable()
export class AllActivities {
  constructor(private readonly store: FhirStore) {}

  async execute(): Promise<Activity[]> {
    const services = await this.#all<HealthcareService>('HealthcareService');
    const locations = new Map((await this.#all<Location>('Location')).map((location) => [location.id, location]));
    return services.map((service) => ({
      service,
      locations: (service.location ?? []).flatMap((reference) => locations.get(idIn(reference, 'Location')) ?? []),
    }));
  }

  async #all<R>(type: string): Promise<R[]> {
    const found: R[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.search(everything(type, cursor), publicAudience);
      found.push(...page.matches.map(({ content }) => JSON.parse(content) as R));
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }
}

function everything(type: string, cursor: string | undefined) {
  return {
    type,
    criteria: [],
    includes: [],
    sort: [],
    count: activitiesAtMost,
    total: 'none' as const,
    applied: new URLSearchParams(),
    ...(cursor === undefined ? {} : { cursor }),
  };
}
