import type { Appointment } from 'fhir/r4';
import { appointmentStays, refuseOthersChange } from './appointment-change.js';

const statuses: Appointment['status'][] = ['booked', 'arrived', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'];

function session(status: Appointment['status']): Appointment {
  return { resourceType: 'Appointment', status, participant: [] };
}

describe('an Appointment', () => {
  it('that ended stays so, but for an attendance that was ticked wrongly and for what never was', () => {
    const allowed = statuses.map((before) => [
      before,
      statuses.filter((after) => after !== before && appointmentStays(session(before), session(after)).length === 0),
    ]);
    expect(Object.fromEntries(allowed)).toEqual({
      booked: ['arrived', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'],
      arrived: ['booked', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'],
      fulfilled: ['noshow', 'entered-in-error'],
      noshow: ['fulfilled', 'entered-in-error'],
      cancelled: ['entered-in-error'],
      'entered-in-error': [],
    });
  });

  it('is changed by its provider, cancelled also by the requester, and by nobody else', () => {
    const mayCancel = (actors: Parameters<typeof refuseOthersChange>[2]) => () => {
      refuseOthersChange(session('booked'), session('cancelled'), actors);
    };
    const mayAttend = (actors: Parameters<typeof refuseOthersChange>[2]) => () => {
      refuseOthersChange(session('booked'), session('fulfilled'), actors);
    };
    expect(mayCancel(['provider'])).not.toThrow();
    expect(mayAttend(['provider'])).not.toThrow();
    expect(mayCancel(['requester'])).not.toThrow();
    expect(mayAttend(['requester'])).toThrow('is changed by the organisation that gives the session');
    expect(mayCancel([])).toThrow('is changed by the organisation that gives the session');
  });
});
