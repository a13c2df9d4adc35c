import type { Slot } from 'fhir/r4';
import { placesExtension, placesTakenExtension, withPlaceFreed, withPlaceTaken } from './places.js';

describe('places of a session', () => {
  const slot: Slot = {
    resourceType: 'Slot',
    status: 'free',
    schedule: { reference: 'Schedule/walks' },
    start: '2027-01-12T10:00:00Z',
    end: '2027-01-12T11:00:00Z',
    extension: [{ url: placesExtension, valuePositiveInt: 2 }],
  };

  it('are counted, and the session is busy when the last is taken', () => {
    const one = withPlaceTaken(slot);
    const two = withPlaceTaken(one);
    expect([one, two].map(({ status, extension }) => [status, extension?.at(-1)])).toEqual([
      ['free', { url: placesTakenExtension, valueUnsignedInt: 1 }],
      ['busy', { url: placesTakenExtension, valueUnsignedInt: 2 }],
    ]);
  });

  it('are free again when somebody cancels', () => {
    const full = withPlaceTaken(withPlaceTaken(slot));
    expect(withPlaceFreed(full)).toEqual(withPlaceTaken(slot));
  });

  it('never count below nobody, and a session that was called off stays so', () => {
    const off = withPlaceFreed({ ...slot, status: 'busy-unavailable' });
    expect([off.status, off.extension?.at(-1)?.valueUnsignedInt]).toEqual(['busy-unavailable', 0]);
  });
});
