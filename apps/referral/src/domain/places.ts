import type { Appointment, Slot } from 'fhir/r4';
import { base } from './codes.js';

export const placesExtension = `${base}/StructureDefinition/places`;
/** The directory's count of what was booked. */
export const placesTakenExtension = `${base}/StructureDefinition/places-taken`;

/** How many people a Slot takes: its places extension, otherwise one. */
export function placesOf(slot: Slot): number {
  return slot.extension?.find(({ url }) => url === placesExtension)?.valuePositiveInt ?? 1;
}

export function freesAPlace({ status }: Appointment): boolean {
  return status === 'cancelled' || status === 'entered-in-error';
}

/** Closed by its provider: not because of what was booked here, which is counted here. */
export function isClosed(slot: Slot): boolean {
  if (slot.status === 'busy') return !showsFull(slot);
  return slot.status !== 'free';
}

/** By the directory's count, which may be a moment old. */
function showsFull(slot: Slot): boolean {
  const taken = slot.extension?.find(({ url }) => url === placesTakenExtension)?.valueUnsignedInt;
  return taken !== undefined && taken >= placesOf(slot);
}
