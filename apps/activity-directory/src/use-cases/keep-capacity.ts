import { Injectable } from '@nestjs/common';
import type { FhirResource, HealthcareService } from 'fhir/r4';
import { capacityDiffers, endingToldExtension, valueIn, withCount, withExtension } from '../domain/capacity.js';
import { HeldPlaces } from './places/held-places.js';

export interface KeptEntry {
  resource: FhirResource;
  /** Where the write changes what the activity can take. */
  event?: string;
}

/** How many places of an activity are taken, and what was told of its end, is the directory's to say, whatever a client sends. */
@Injectable()
export class KeepCapacity {
  constructor(private readonly places: HeldPlaces) {}

  async execute(sent: FhirResource, before?: FhirResource): Promise<KeptEntry> {
    if (sent.resourceType !== 'HealthcareService') return { resource: sent };
    const known = before as HealthcareService | undefined;
    const told = known && valueIn(known, endingToldExtension);
    const entry = withExtension(sent, endingToldExtension, told ? [told] : []);
    const taken = known?.id === undefined ? 0 : await this.places.count(known.id);
    const resource = withCount(entry, taken);
    return { resource, ...(known && capacityDiffers(known, resource) ? { event: 'capacity-changed.v1' } : {}) };
  }
}
