import { Injectable } from '@nestjs/common';
import type { HealthcareService } from 'fhir/r4';
import { parseJson, publicAudience } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { capacityDiffers, withCount } from '../../domain/capacity.js';
import { HeldPlaces } from './held-places.js';

/** Shows in an activity's entry how many of its places are taken, and tells it where that changed. Within its turn. */
@Injectable()
export class ShowPlaces {
  constructor(
    private readonly store: FhirStore,
    private readonly places: HeldPlaces,
  ) {}

  async execute(service: string, { act, tx }: { act: Act; tx: Session }): Promise<void> {
    const stored = await this.store.read('HealthcareService', service, publicAudience, tx);
    if (!stored || stored.deleted) return;
    const before = parseJson(stored.content) as HealthcareService;
    const resource = withCount(before, await this.places.count(service, { tx }));
    if (!capacityDiffers(before, resource)) return;
    const { audience, version } = stored;
    await this.store.commit(
      [{ interaction: 'update', resource, audience, version, event: 'capacity-changed.v1' }],
      act,
      tx,
    );
  }
}
