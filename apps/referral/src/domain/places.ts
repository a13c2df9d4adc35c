import type { Appointment, Slot } from 'fhir/r4';
import { base } from './codes.js';

export const placesExtension = `${base}/StructureDefinition/places`;

/** How many people a Slot takes: its places extension, otherwise one. */
export function placesOf(slot: Slot): number {
  return slot.extension?.find(({ url }) => url === placesExtension)?.valuePositiveInt ?? 1;
}

export function freesAPlace({ status }: Appointment): boolean {
  return status === 'cancelled' || status === 'entered-in-error';
}
