import type { Appointment, Slot } from 'fhir/r4';
import { placesExtension, placesTaken, placesTakenExtension, takesAPlace, withPlacesTaken } from './places.js';

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
    const counted = [1, 2].map((count) => withPlacesTaken(slot, count));
    expect(counted.map(({ status, extension }) => [status, extension?.slice(1)])).toEqual([
      ['free', [{ url: placesTakenExtension, valueUnsignedInt: 1 }]],
      ['busy', [{ url: placesTakenExtension, valueUnsignedInt: 2 }]],
    ]);
  });

  it('are free again when somebody cancels', () => {
    const freed = withPlacesTaken(withPlacesTaken(slot, 2), 1);
    expect([freed, placesTaken(freed), placesTaken(slot)]).toEqual([withPlacesTaken(slot, 1), 1, undefined]);
  });

  it('do not open a session that was called off', () => {
    const off = withPlacesTaken({ ...slot, status: 'busy-unavailable' }, 0);
    expect([off.status, placesTaken(off)]).toEqual(['busy-unavailable', 0]);
  });

  it('are taken by who is booked, came or stayed away, and not by what is cancelled or was a mistake', () => {
    const statuses: Appointment['status'][] = ['booked', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'];
    const taken = statuses.map((status) => takesAPlace({ resourceType: 'Appointment', status, participant: [] }));
    expect(taken).toEqual([true, true, true, false, false]);
  });
});
