import { Injectable } from '@nestjs/common';
import type { Slot } from 'fhir/r4';
import { parseJson, publicAudience } from '#fhir';
import { parseSearch } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import { Platform } from '#service';
import { placesDiffer, placesTaken } from '../../domain/places.js';
import { CountPlaces } from '../count-places.js';
import { HeldPlaces } from './held-places.js';

const slotsAtOnce = 1000;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Mends sessions that show more people than are booked: Appointments of a person who was erased went without any event. Of
 * today's and later ones, which somebody may still book.
 */
@Injectable()
export class MendSlots {
  constructor(
    private readonly store: FhirStore,
    private readonly countPlaces: CountPlaces,
    private readonly places: HeldPlaces,
    private readonly platform: Platform,
  ) {}

  async execute(): Promise<void> {
    for (const slot of await this.#booked()) {
      const { id = '' } = slot;
      if (placesDiffer(slot, await this.countPlaces.takenOn(id))) await this.#mend(id);
    }
  }

  async #mend(id: string): Promise<void> {
    const act = { agent: 'activity-directory', interaction: 'mend-counts', correlationId: this.platform.newId() };
    await this.places.together((tx) => this.countPlaces.count(id, { act, tx }));
  }

  /** Slots that say that somebody is booked. */
  async #booked(): Promise<Slot[]> {
    // Yesterday in Greenwich may be today at the place.
    const since = new Date(this.platform.now().getTime() - dayMs).toISOString().slice(0, 10);
    const asked = new URLSearchParams({ start: `ge${since}`, _count: String(slotsAtOnce), _total: 'none' });
    const { query } = parseSearch('Slot', asked, { lenient: false });
    const found: Slot[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.search(cursor === undefined ? query : { ...query, cursor }, publicAudience);
      const slots = page.matches.map(({ content }) => parseJson(content) as Slot);
      found.push(...slots.filter((slot) => (placesTaken(slot) ?? 0) > 0));
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }
}
