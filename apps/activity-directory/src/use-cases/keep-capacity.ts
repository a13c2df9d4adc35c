import { Injectable } from '@nestjs/common';
import type { FhirResource, HealthcareService, Slot } from 'fhir/r4';
import { capacityDiffers, endingToldExtension, valueIn, withCount, withExtension } from '../domain/capacity.js';
import { asWritten } from '../domain/places.js';
import { HeldPlaces } from './places/held-places.js';

export interface KeptEntry {
  resource: FhirResource;
  /** Where the write changes what the activity can take. */
  event?: string;
}

/** How many places of an activity or a session are taken, and what was told of an end, is the directory's to say, whatever a client sends. */
@Injectable()
export class KeepCapacity {
  constructor(private readonly places: HeldPlaces) {}

  async execute(sent: FhirResource, before?: FhirResource): Promise<KeptEntry> {
    if (sent.resourceType === 'Slot') return { resource: asWritten(sent, before as Slot | undefined) };
    if (sent.resourceType !== 'HealthcareService') return { resource: sent };
    const known = before as HealthcareService | undefined;
    const told = known && valueIn(known, endingToldExtension);
    const entry = withExtension(sent, endingToldExtension, told ? [told] : []);
    const taken = known?.id === undefined ? 0 : await this.places.count(known.id);
    const resource = withCount(entry, taken);
    return { resource, ...(known && capacityDiffers(known, resource) ? { event: 'capacity-changed.v1' } : {}) };
  }
}
