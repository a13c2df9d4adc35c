import type { Slot } from 'fhir/r4';

const base = 'https://ginnel.org.uk/fhir/StructureDefinition';
export const placesExtension = `${base}/places`;
export const placesTakenExtension = `${base}/places-taken`;

/** The slot with one more place taken: busy when it was the last. */
export function withPlaceTaken(slot: Slot): Slot {
  return withTaken(slot, taken(slot) + 1);
}

/** The slot with one place free again. */
export function withPlaceFreed(slot: Slot): Slot {
  return withTaken(slot, Math.max(0, taken(slot) - 1));
}

function withTaken(slot: Slot, count: number): Slot {
  const others = slot.extension?.filter(({ url }) => url !== placesTakenExtension) ?? [];
  const places = others.find(({ url }) => url === placesExtension)?.valuePositiveInt ?? 1;
  const open = slot.status === 'free' || slot.status === 'busy';
  const status = open ? (count >= places ? 'busy' : 'free') : slot.status;
  return { ...slot, status, extension: [...others, { url: placesTakenExtension, valueUnsignedInt: count }] };
}

function taken(slot: Slot): number {
  return slot.extension?.find(({ url }) => url === placesTakenExtension)?.valueUnsignedInt ?? 0;
}
