import { Injectable } from '@nestjs/common';
import type { HealthcareService } from 'fhir/r4';
import { parseJson, publicAudience } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { placesOf } from '../../domain/capacity.js';
import { type Hold, HeldPlaces } from './held-places.js';
import { ShowPlaces } from './show-places.js';

/**
 * Keeps a place at an activity for a Task before that is accepted, where one is left; asked again for the same Task it keeps
 * no second one. It holds until the Task is heard of, or the referral service says that it will never come about.
 */
@Injectable()
export class HoldPlace {
  constructor(
    private readonly store: FhirStore,
    private readonly places: HeldPlaces,
    private readonly showPlaces: ShowPlaces,
    private readonly platform: Platform,
  ) {}

  /** False where every place is taken. */
  async execute(hold: Hold, act: Act): Promise<boolean> {
    return this.places.together(async (tx) => {
      await this.places.turnAt(hold.service, tx);
      if (await this.#isFull(hold, tx)) return false;
      await this.places.add(hold, { now: this.platform.now(), confirmed: false, tx });
      await this.showPlaces.execute(hold.service, { act, tx });
      return true;
    });
  }

  async #isFull({ service: id, task }: Hold, tx: Session): Promise<boolean> {
    const stored = await this.store.read('HealthcareService', id, publicAudience, tx);
    if (!stored || stored.deleted) return false;
    const places = placesOf(parseJson(stored.content) as HealthcareService);
    return places !== undefined && (await this.places.count(id, { tx, except: task })) >= places;
  }
}
