import { Injectable } from '@nestjs/common';
import type { Bundle, BundleEntry } from 'fhir/r4';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import { Platform } from '#service';
import type { FoundActivity } from '../domain/activity-search.js';
import { demonstrationPostcodes } from '../domain/demonstration-postcodes.js';
import { wishOf } from '../domain/wish-of.js';
import { FindActivities } from '../use-cases/find-activities.js';

const distanceExtension = 'http://hl7.org/fhir/StructureDefinition/location-distance';

/** `POST /HealthcareService/$find-activities`: by POST, so that what somebody looks for stands in no address. */
@Injectable()
export class FindActivitiesOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'find-activities',
    title: 'Find an activity',
    description:
      'Activities by text, condition (a code that HealthcareService.eligibility names) and distance from a postcode, nearest first. ' +
      'Parameters: text, condition, postcode, distance (Quantity in km or mi), count.',
    system: false,
    types: ['HealthcareService'],
    instance: false,
    methods: ['POST'],
    affectsState: false,
  };

  constructor(
    private readonly findActivities: FindActivities,
    private readonly platform: Platform,
  ) {
    super();
  }

  async execute({ resource }: FhirRequest): Promise<FhirResponse> {
    const { wish, count } = wishOf(
      resource?.resourceType === 'Parameters' ? resource : undefined,
      demonstrationPostcodes(),
    );
    const found = await this.findActivities.execute(wish);
    const entry = found.slice(0, count).map((activity) => this.#entry(activity));
    const bundle: Bundle = {
      resourceType: 'Bundle',
      type: 'searchset',
      total: found.length,
      ...(entry.length > 0 ? { entry } : {}),
    };
    return { status: 200, resource: bundle };
  }

  #entry({ service, distanceKm }: FoundActivity): BundleEntry {
    const distance = {
      url: distanceExtension,
      valueDistance: {
        value: Math.round((distanceKm ?? 0) * 100) / 100,
        unit: 'km',
        system: 'http://unitsofmeasure.org',
        code: 'km',
      },
    };
    return {
      fullUrl: `${this.platform.settings.baseUrl}/HealthcareService/${service.id ?? ''}`,
      resource: service,
      search: { mode: 'match', ...(distanceKm === undefined ? {} : { extension: [distance] }) },
    };
  }
}
