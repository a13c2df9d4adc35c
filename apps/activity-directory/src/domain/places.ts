import type { Appointment, Slot } from 'fhir/r4';

const base = 'https://ginnel.org.uk/fhir/StructureDefinition';
export const placesExtension = `${base}/places`;
export const placesTakenExtension = `${base}/places-taken`;

/** The slot with so many places taken: busy when none is left. */
export function withPlacesTaken(slot: Slot, count: number): Slot {
  const others = slot.extension?.filter(({ url }) => url !== placesTakenExtension) ?? [];
  const places = others.find(({ url }) => url === placesExtension)?.valuePositiveInt ?? 1;
  const open = slot.status === 'free' || slot.status === 'busy';
  const status = open ? (count >= places ? 'busy' : 'free') : slot.status;
  return { ...slot, status, extension: [...others, { url: placesTakenExtension, valueUnsignedInt: count }] };
}

/** The count that the slot shows; undefined where nobody was counted yet. */
export function placesTaken(slot: Slot): number | undefined {
  return slot.extension?.find(({ url }) => url === placesTakenExtension)?.valueUnsignedInt;
}

/** Also of somebody who did not come: the place was kept. */
export function takesAPlace({ status }: Appointment): boolean {
  return status !== 'cancelled' && status !== 'entered-in-error';
}
