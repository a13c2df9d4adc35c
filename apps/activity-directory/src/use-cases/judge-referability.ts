import { Injectable } from '@nestjs/common';
import type { HealthcareService } from 'fhir/r4';
import { parseJson, publicAudience } from '#fhir';
import { FhirStore } from '#fhir-store';
import { type Alternative, alternativesTo } from '../domain/alternatives.js';
import { referability, type Referability, type ReferralNeed } from '../domain/referability.js';
import { AllActivities } from './all-activities.js';

export interface JudgedActivity extends Referability {
  name?: string;
  /** Where nobody can be referred to it, or has to wait. */
  alternatives: Alternative[];
}

/** Whether somebody may be referred to an activity now, and where else. */
@Injectable()
export class JudgeReferability {
  constructor(
    private readonly store: FhirStore,
    private readonly allActivities: AllActivities,
  ) {}

  /** `planned`: as it will be, where it is written in the same transaction as the referral. */
  async execute(id: string, need: ReferralNeed, planned?: HealthcareService): Promise<JudgedActivity> {
    const service = planned ?? (await this.#read(id));
    // Whether there is such an activity is not asked here.
    if (!service) return { outcome: 'open', reasons: [], alternatives: [] };
    const judged = referability(service, need);
    const alternatives = judged.outcome === 'open' ? [] : await this.#alternatives(service, need);
    return { ...judged, ...(service.name === undefined ? {} : { name: service.name }), alternatives };
  }

  async alternativesTo(id: string, need: ReferralNeed): Promise<Alternative[]> {
    const service = await this.#read(id);
    return service ? this.#alternatives(service, need) : [];
  }

  async #alternatives(service: HealthcareService, need: ReferralNeed): Promise<Alternative[]> {
    const activities = await this.allActivities.execute();
    const own = activities.find((one) => one.service.id === service.id)?.locations ?? [];
    return alternativesTo({ service, locations: own }, activities, need);
  }

  async #read(id: string): Promise<HealthcareService | undefined> {
    const stored = await this.store.read('HealthcareService', id, publicAudience);
    return stored && !stored.deleted ? (parseJson(stored.content) as HealthcareService) : undefined;
  }
}
