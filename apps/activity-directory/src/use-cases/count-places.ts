import { Injectable } from '@nestjs/common';
import type { Appointment, Slot } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { oneAtATime, OwnersRecords } from '#service';
import { placesTaken, takesAPlace, withPlacesTaken } from '../domain/places.js';

/**
 * Shows in the directory how many places of a session are taken. Counted anew each time among what the referrals hold at that
 * moment: an event that comes twice or late changes nothing. Who took the places stays there.
 */
@Injectable()
export class CountPlaces {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
  ) {}

  async execute(appointment: Appointment, { act, tx }: { act: Act; tx: Session }): Promise<void> {
    const ids = new Set((appointment.slot ?? []).map((slot) => idIn(slot, 'Slot')));
    const known = [...ids].filter((id) => id !== undefined).sort();
    for (const id of known) await this.#count(id, { act, tx });
  }

  async #count(id: string, { act, tx }: { act: Act; tx: Session }): Promise<void> {
    await oneAtATime(`places of Slot/${id}`, tx);
    // Read before counting: whoever counts later replaces a later version.
    const stored = await this.store.read('Slot', id, everyone, tx);
    if (!stored || stored.deleted) return;
    const slot = parseJson(stored.content) as Slot;
    const [before, count] = [placesTaken(slot), await this.#taken(id)];
    if (count === before) return;
    const { audience, version } = stored;
    const event = count > (before ?? 0) ? 'slot-place-taken.v1' : 'slot-place-freed.v1';
    const resource = withPlacesTaken(slot, count);
    await this.store.commit([{ interaction: 'update', resource, audience, version, event }], act, tx);
  }

  async #taken(id: string): Promise<number> {
    const wanted = { type: 'Appointment', parameter: 'slot', reference: `Slot/${id}` };
    const booked = await this.owners.pointing(wanted, everyone);
    return booked.filter(({ content }) => takesAPlace(parseJson(content) as Appointment)).length;
  }
}
