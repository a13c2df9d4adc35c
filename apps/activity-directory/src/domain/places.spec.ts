import type { Appointment, Slot } from 'fhir/r4';
import {
  asWritten,
  placesDiffer,
  placesExtension,
  placesTaken,
  placesTakenExtension,
  takesAPlace,
  withPlacesTaken,
} from './places.js';

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

  it('do not open a session that its provider has closed by `busy`', () => {
    const said: Slot = { ...withPlacesTaken(slot, 1), status: 'busy' };
    const told = [said, { ...slot, status: 'busy' as const }].map((one) => withPlacesTaken(one, 0));
    expect(told.map((one) => [one.status, placesTaken(one)])).toEqual([
      ['busy-unavailable', 0],
      ['busy-unavailable', 0],
    ]);
  });

  it('are counted by the directory, whatever a client sends', () => {
    const shown = withPlacesTaken(slot, 1);
    const forged: Slot = { ...withPlacesTaken(slot, 2), status: 'free' };
    expect([asWritten(forged, shown), asWritten(slot, shown)]).toEqual([shown, shown]);
    expect([asWritten(forged), asWritten(shown, slot)]).toEqual([slot, slot]);
    const full = withPlacesTaken(slot, 2);
    expect([asWritten(full, full), asWritten({ ...full, status: 'free' }, full)]).toEqual([full, full]);
  });

  it('close with the session where its provider says `busy` of one that is not full, until he says `free`', () => {
    const shown = withPlacesTaken(slot, 1);
    const off = asWritten({ ...shown, status: 'busy' }, shown);
    expect(off).toEqual({ ...shown, status: 'busy-unavailable' });
    expect([withPlacesTaken(off, 0).status, withPlacesTaken(off, 2).status]).toEqual([off.status, off.status]);
    expect(asWritten({ ...off, status: 'free' }, off)).toEqual(shown);
    expect(asWritten({ ...slot, status: 'busy' }).status).toBe('busy-unavailable');
  });

  it('are left again when a full session is made larger, and none when it is made smaller', () => {
    const of = (places: number, one: Slot): Slot => {
      const others = one.extension?.filter(({ url }) => url !== placesExtension) ?? [];
      return { ...one, extension: [{ url: placesExtension, valuePositiveInt: places }, ...others] };
    };
    const full = withPlacesTaken(slot, 2);
    expect(asWritten(of(3, full), full)).toEqual({ ...of(3, full), status: 'free' });
    expect(asWritten(of(2, of(3, full)), { ...of(3, full), status: 'free' })).toEqual(full);
  });

  it('differ where the count does, and where the status is not what it would be', () => {
    const full = withPlacesTaken(slot, 2);
    expect([placesDiffer(full, 2), placesDiffer(full, 1), placesDiffer({ ...full, status: 'free' }, 2)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('are taken by who is booked, came or stayed away, and not by what is cancelled or was a mistake', () => {
    const statuses: Appointment['status'][] = ['booked', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'];
    const taken = statuses.map((status) => takesAPlace({ resourceType: 'Appointment', status, participant: [] }));
    expect(taken).toEqual([true, true, true, false, false]);
  });
});
