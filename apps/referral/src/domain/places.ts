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
export function isClosed({ status, extension = [] }: Slot): boolean {
  if (status === 'busy') return !extension.some(({ url }) => url === placesTakenExtension);
  return status !== 'free';
}
