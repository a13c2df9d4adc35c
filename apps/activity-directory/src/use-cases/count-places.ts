import { Injectable } from '@nestjs/common';
import type { Appointment, Slot } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { oneAtATime, OwnersRecords } from '#service';
import { placesDiffer, placesTaken, takesAPlace, withPlacesTaken } from '../domain/places.js';

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
    for (const id of known) await this.count(id, { act, tx });
  }

  /** Of one Slot; within this transaction nobody else counts it. */
  async count(id: string, { act, tx }: { act: Act; tx: Session }): Promise<void> {
    await oneAtATime(`places of Slot/${id}`, tx);
    // Read before counting: whoever counts later replaces a later version.
    const stored = await this.store.read('Slot', id, everyone, tx);
    if (!stored || stored.deleted) return;
    const slot = parseJson(stored.content) as Slot;
    const [before, count] = [placesTaken(slot), await this.takenOn(id)];
    if (!placesDiffer(slot, count)) return;
    const { audience, version } = stored;
    const write = { interaction: 'update' as const, resource: withPlacesTaken(slot, count), audience, version };
    await this.store.commit([{ ...write, ...eventOf(before, count) }], act, tx);
  }

  /** How many places of a Slot are taken, as the referrals know it. */
  async takenOn(id: string): Promise<number> {
    const wanted = { type: 'Appointment', parameter: 'slot', reference: `Slot/${id}` };
    const booked = await this.owners.pointing(wanted, everyone);
    return booked.filter(({ content }) => takesAPlace(parseJson(content) as Appointment)).length;
  }
}

/** Where the count is the same, only the status was put right. */
function eventOf(before: number | undefined, count: number): { event?: string } {
  if (count === before) return {};
  return { event: count > (before ?? 0) ? 'slot-place-taken.v1' : 'slot-place-freed.v1' };
}
