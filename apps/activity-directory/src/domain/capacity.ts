import type { Extension, HealthcareService } from 'fhir/r4';
import { placesExtension, placesTakenExtension } from './places.js';

const base = 'https://ginnel.org.uk/fhir/StructureDefinition';
export const waitingListExtension = `${base}/waiting-list`;
export const capacityStatusExtension = `${base}/capacity-status`;
export const fundedUntilExtension = `${base}/funded-until`;
export const runsExtension = `${base}/runs`;
export const endingToldExtension = `${base}/ending-told`;
export const acceptsUseCaseExtension = `${base}/accepts-use-case`;
export const heldPlaceExtension = `${base}/held-place`;

/** How many people the activity takes at a time; undefined where it counts no places. */
export function placesOf(service: HealthcareService): number | undefined {
  return valueIn(service, placesExtension)?.valuePositiveInt;
}

export function keepsWaitingList(service: HealthcareService): boolean {
  return valueIn(service, waitingListExtension)?.valueBoolean === true;
}

/** By its own count of places, or by its provider's word. */
export function isFull(service: HealthcareService): boolean {
  const places = placesOf(service);
  if (valueIn(service, capacityStatusExtension)?.valueCode === 'no-capacity') return true;
  return places !== undefined && takenAt(service) >= places;
}

/** Undefined where it counts none. */
export function placesLeft(service: HealthcareService): number | undefined {
  const places = placesOf(service);
  return places === undefined ? undefined : Math.max(places - takenAt(service), 0);
}

/** The activity as the directory shows it: with its own count where there is something to count, and no other's. */
export function withCount(service: HealthcareService, taken: number): HealthcareService {
  const count = placesOf(service) === undefined ? [] : [{ url: placesTakenExtension, valueUnsignedInt: taken }];
  return withExtension(service, placesTakenExtension, count);
}

/** True where the activity shows that more or fewer of its places are taken than these. */
export function countDiffers(service: HealthcareService, taken: number): boolean {
  return placesOf(service) !== undefined && takenAt(service) !== taken;
}

/** The activity with these extensions in the place of those of this address. */
export function withExtension(
  service: HealthcareService,
  url: string,
  instead: readonly Extension[],
): HealthcareService {
  const { extension = [], ...rest } = service;
  const extensions = [...extension.filter((one) => one.url !== url), ...instead];
  return { ...rest, ...(extensions.length > 0 ? { extension: extensions } : {}) };
}

/** True where one of them can take somebody and the other cannot, or their numbers differ. */
export function capacityDiffers(one: HealthcareService, other: HealthcareService): boolean {
  const told = (service: HealthcareService) =>
    [isFull(service), placesOf(service), takenAt(service), keepsWaitingList(service)].join();
  return told(one) !== told(other);
}

export function valueIn({ extension = [] }: HealthcareService, wanted: string): Extension | undefined {
  return extension.find(({ url }) => url === wanted);
}

function takenAt(service: HealthcareService): number {
  return valueIn(service, placesTakenExtension)?.valueUnsignedInt ?? 0;
}
