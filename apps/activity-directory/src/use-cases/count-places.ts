import { Injectable } from '@nestjs/common';
import type { Appointment, Slot } from 'fhir/r4';
import { everyone, idIn } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { withPlaceFreed, withPlaceTaken } from '../domain/places.js';

/** Shows in the directory how many places of a session are taken. Who took them stays in the referral. */
@Injectable()
export class CountPlaces {
  constructor(private readonly store: FhirStore) {}

  async execute(
    appointment: Appointment,
    change: 'taken' | 'freed',
    { act, tx }: { act: Act; tx: Session },
  ): Promise<void> {
    const ids = new Set((appointment.slot ?? []).map((slot) => idIn(slot, 'Slot')));
    for (const id of ids) if (id !== undefined) await this.#count(id, change, { act, tx });
  }

  async #count(id: string, change: 'taken' | 'freed', { act, tx }: { act: Act; tx: Session }): Promise<void> {
    const stored = await this.store.read('Slot', id, everyone, tx);
    if (!stored || stored.deleted) return;
    const slot = JSON.parse(stored.content) as Slot;
    const resource = change === 'taken' ? withPlaceTaken(slot) : withPlaceFreed(slot);
    const { audience, version } = stored;
    await this.store.commit(
      [{ interaction: 'update', resource, audience, version, event: `slot-place-${change}.v1` }],
      act,
      tx,
    );
  }
}
