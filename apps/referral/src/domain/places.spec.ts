import type { Slot } from 'fhir/r4';
import { isClosed, placesExtension, placesTakenExtension } from './places.js';

describe('a session', () => {
  const slot: Slot = {
    resourceType: 'Slot',
    status: 'free',
    schedule: { reference: 'Schedule/walks' },
    start: '2027-01-12T10:00:00Z',
    end: '2027-01-12T11:00:00Z',
    extension: [{ url: placesExtension, valuePositiveInt: 2 }],
  };
  const busy = (taken?: number): Slot => ({
    ...slot,
    status: 'busy',
    extension: [
      ...(slot.extension ?? []),
      ...(taken === undefined ? [] : [{ url: placesTakenExtension, valueUnsignedInt: taken }]),
    ],
  });

  it('that is busy is closed by its provider, unless the count of the directory says why', () => {
    expect([busy(), busy(0), busy(1), busy(2), busy(3)].map(isClosed)).toEqual([true, true, true, false, false]);
  });

  it('is closed where it is unavailable or a mistake, and not where it is free', () => {
    const statuses: Slot['status'][] = ['free', 'busy-unavailable', 'busy-tentative', 'entered-in-error'];
    expect(statuses.map((status) => isClosed({ ...slot, status }))).toEqual([false, true, true, true]);
  });
});
