import { Injectable } from '@nestjs/common';
import { Platform } from '#service';
import { countDiffers } from '../../domain/capacity.js';
import { AllActivities } from '../all-activities.js';
import { HeldPlaces } from './held-places.js';
import { MendSlots } from './mend-slots.js';
import { ShowPlaces } from './show-places.js';

/** Mends entries that show another count than there is: places of a person who was erased went without any event. */
@Injectable()
export class MendCounts {
  constructor(
    private readonly allActivities: AllActivities,
    private readonly places: HeldPlaces,
    private readonly showPlaces: ShowPlaces,
    private readonly platform: Platform,
    private readonly mendSlots: MendSlots,
  ) {}

  async execute(): Promise<void> {
    // Counted after the entries were read: what is taken meanwhile is counted again in its turn, and nothing is written.
    const activities = await this.allActivities.execute();
    const counts = await this.places.counts();
    for (const { service } of activities) {
      const { id = '' } = service;
      if (countDiffers(service, counts.get(id) ?? 0)) await this.#mend(id);
    }
    await this.mendSlots.execute();
  }

  async #mend(service: string): Promise<void> {
    const act = {
      agent: 'activity-directory',
      interaction: 'mend-counts',
      correlationId: this.platform.newId(),
    };
    await this.places.together(async (tx) => {
      await this.places.turnAt(service, tx);
      await this.showPlaces.execute(service, { act, tx });
    });
  }
}
