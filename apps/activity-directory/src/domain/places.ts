import type { Appointment, Slot } from 'fhir/r4';

const base = 'https://ginnel.org.uk/fhir/StructureDefinition';
export const placesExtension = `${base}/places`;
export const placesTakenExtension = `${base}/places-taken`;

/** The slot with so many places taken: busy when none is left. */
export function withPlacesTaken(slot: Slot, count: number): Slot {
  return counted(isBusyByWord(slot) ? closed(slot) : slot, count);
}

/**
 * The slot as a client may write it: the count stays the directory's own, whatever was sent, and a `busy` that the count does
 * not explain closes it. A `busy` that the count did explain is no word of the client's: it goes when there are more places.
 */
export function asWritten(sent: Slot, before?: Slot): Slot {
  const count = before && placesTaken(before);
  const slot = counted(sent, count);
  const wasFull = before?.status === 'busy' && isFull(before);
  return sent.status === 'busy' && !wasFull && !isFull(slot) ? closed(slot) : slot;
}

/** The count that the slot shows; undefined where nobody was counted yet. */
export function placesTaken(slot: Slot): number | undefined {
  return slot.extension?.find(({ url }) => url === placesTakenExtension)?.valueUnsignedInt;
}

/** True where it shows another count, or is open or busy by another, than this would make it. */
export function placesDiffer(slot: Slot, count: number): boolean {
  return placesTaken(slot) !== count || withPlacesTaken(slot, count).status !== slot.status;
}

/** Also of somebody who did not come: the place was kept. */
export function takesAPlace({ status }: Appointment): boolean {
  return status !== 'cancelled' && status !== 'entered-in-error';
}

/** Free or busy by its count, where it is not closed. */
function counted(slot: Slot, count: number | undefined): Slot {
  const { extension = [], ...rest } = slot;
  const taken = count === undefined ? [] : [{ url: placesTakenExtension, valueUnsignedInt: count }];
  const extensions = [...extension.filter(({ url }) => url !== placesTakenExtension), ...taken];
  const shown: Slot = { ...rest, ...(extensions.length > 0 ? { extension: extensions } : {}) };
  if (slot.status !== 'free' && slot.status !== 'busy') return shown;
  return { ...shown, status: isFull(shown) ? 'busy' : 'free' };
}

function isFull(slot: Slot): boolean {
  const places = slot.extension?.find(({ url }) => url === placesExtension)?.valuePositiveInt ?? 1;
  return (placesTaken(slot) ?? 0) >= places;
}

/** Its provider has said so: the count does not. */
function isBusyByWord(slot: Slot): boolean {
  return slot.status === 'busy' && !isFull(slot);
}

function closed(slot: Slot): Slot {
  return { ...slot, status: 'busy-unavailable' };
}
