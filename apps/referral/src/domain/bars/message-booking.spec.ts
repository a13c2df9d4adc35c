import type { Appointment, Bundle, ServiceRequest } from 'fhir/r4';
import { barsUseCaseSystem } from './codes.js';
import { booking, bookingCancellation, context, newReferral } from './example-messages.js';
import { judgeMessage, lookupsFor } from './judge-message.js';
import { changed, header, reason, said, type Change, type Row } from './message-changes.js';

const [appointmentAt, slotAt] = ['Bundle.entry[1].resource', 'Bundle.entry[2].resource'];

const emergency = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/service-category', code: '14' }] };

describe('a booking', () => {
  it.each<Row>([
    ['takes a free Slot', booking, () => undefined, 'new-booking'],
    [
      'takes no full one',
      booking,
      ({ entry }) => Object.assign(entry?.[2]?.resource ?? {}, { id: 'slot-2' }),
      `409 REC_CONFLICT conflict ${slotAt}.id`,
    ],
    [
      'takes no Slot that nobody knows',
      booking,
      ({ entry }) => Object.assign(entry?.[2]?.resource ?? {}, { id: 'slot-3' }),
      `404 REC_NOT_FOUND not-found ${slotAt}.id`,
    ],
    [
      'is about its Patient',
      booking,
      appointment((it) => (it.participant = [{ status: 'accepted', actor: { display: 'somebody' } }])),
      `400 REC_BAD_REQUEST required ${appointmentAt}.participant`,
    ],
    [
      'is not of a use case that the service does not take',
      booking,
      appointment((it) => (it.serviceCategory = [{ coding: [{ system: barsUseCaseSystem, code: 'a1t9' }] }])),
      `422 REC_UNPROCESSABLE_ENTITY not-supported ${appointmentAt}.serviceCategory[0]`,
    ],
    ['may leave its use case out', booking, appointment((it) => delete it.serviceCategory), 'new-booking'],
    [
      'may say of what category the service is, and no use case',
      booking,
      appointment((it) => (it.serviceCategory = [emergency])),
      'new-booking',
    ],
    [
      'says its use case in any of its categories',
      booking,
      appointment((it) => (it.serviceCategory = [emergency, ...(it.serviceCategory ?? [])])),
      'new-booking',
    ],
    [
      'is not of a use case that the service does not take, which stands in its second category',
      booking,
      appointment(
        (it) => (it.serviceCategory = [emergency, { coding: [{ system: barsUseCaseSystem, code: 'a1t9' }] }]),
      ),
      `422 REC_UNPROCESSABLE_ENTITY not-supported ${appointmentAt}.serviceCategory[1]`,
    ],
    [
      'has one Appointment',
      booking,
      ({ entry }) => entry?.push(...entry.slice(1, 2)),
      '400 REC_BAD_REQUEST invariant Bundle.entry[8].resource',
    ],
    [
      'is new or cancelled, never changed',
      booking,
      header((it) => (it.reason = reason('update'))),
      `400 REC_BAD_REQUEST invariant ${appointmentAt}.status`,
    ],
    [
      'is not new where it was kept already',
      booking,
      appointment((it) => (it.status = 'fulfilled')),
      `400 REC_BAD_REQUEST invariant ${appointmentAt}.status`,
    ],
    ['is based on a ServiceRequest that is here', booking, basedOn('sr-1'), 'new-booking'],
    [
      'is based on none that is not here',
      booking,
      basedOn('sr-9'),
      `404 REC_NOT_FOUND not-found ${appointmentAt}.basedOn[0]`,
    ],
    ['brings the ServiceRequest that it is based on', booking, request({ id: 'sr-1' }), 'new-booking'],
    ['brings one that no id or identifier says to be here', booking, request({}), 'new-booking'],
    [
      'brings none of an id that is not here',
      booking,
      request({ id: 'sr-9' }),
      '404 REC_NOT_FOUND not-found Bundle.entry[8].resource.id',
    ],
    ['is cancelled', bookingCancellation, () => undefined, 'booking-cancellation'],
    [
      'is cancelled with reason new, as an example of the standard does it, with a remark',
      bookingCancellation,
      header((it) => (it.reason = reason('new'))),
      'booking-cancellation, invariant Bundle.entry[0].resource.reason',
    ],
    [
      'is cancelled with reason new, of a use case that the service takes no more',
      bookingCancellation,
      (bundle) =>
        changed(
          () => bundle,
          header((it) => (it.reason = reason('new'))),
          appointment((it) => (it.serviceCategory = [{ coding: [{ system: barsUseCaseSystem, code: 'a1t9' }] }])),
        ),
      'booking-cancellation, invariant Bundle.entry[0].resource.reason',
    ],
    [
      'is not cancelled where it is not here',
      bookingCancellation,
      appointment((it) => (it.id = 'appointment-9')),
      `404 REC_NOT_FOUND not-found ${appointmentAt}.id`,
    ],
    [
      'has a Slot in its definition',
      booking,
      ({ entry }) => entry?.splice(3, 1),
      '400 REC_BAD_REQUEST required Bundle.entry',
    ],
  ])('%s', (_title: string, message: () => Bundle, change: Change, verdict: string) => {
    expect(said(judgeMessage(changed(message, change), context()))).toBe(verdict);
  });

  it('is not cancelled twice', () => {
    const { known } = context();
    const ended = { ...known, appointment: () => ({ status: 'cancelled' as const }) };
    const verdict = said(judgeMessage(bookingCancellation(), context({ known: ended })));
    expect(verdict).toBe(`409 REC_CONFLICT conflict ${appointmentAt}.status`);
  });

  it('says which Slot and Appointment are to be looked up', () => {
    const [made, ended] = [lookupsFor(booking()), lookupsFor(bookingCancellation())];
    const [, { fullUrl = '' } = {}] = bookingCancellation().entry ?? [];
    expect([made.slotId, made.appointment, ended.appointment?.ids]).toEqual([
      'slot-1',
      undefined,
      ['appointment-1', fullUrl.replace('urn:uuid:', '')],
    ]);
    const literal = changed(
      booking,
      appointment((it) => (it.slot = [{ reference: 'Slot/slot-7' }])),
    );
    expect(lookupsFor(literal).slotId).toBe('slot-7');
  });

  it('is never answered by a message: nothing of the standard says what that holds', () => {
    const answered = changed(
      booking,
      header((it) => (it.eventCoding = { ...it.eventCoding, code: 'booking-response' })),
    );
    const verdict = said(judgeMessage(answered, context()));
    expect(verdict).toBe('501 REC_NOT_IMPLEMENTED not-supported Bundle.entry[0].resource.eventCoding.code');
  });
});

function basedOn(id: string): Change {
  return appointment((it) => (it.basedOn = [{ reference: `ServiceRequest/${id}` }]));
}

/** With the ServiceRequest that it is based on. */
function request(names: Partial<ServiceRequest>): Change {
  return (bundle) => {
    const fullUrl = 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0077';
    const brought = { ...(newReferral().entry?.[1]?.resource as ServiceRequest), ...names };
    appointment((it) => (it.basedOn = [{ reference: fullUrl }]))(bundle);
    bundle.entry?.push({ fullUrl, resource: brought });
  };
}

function appointment(change: (appointment: Appointment) => unknown): Change {
  return ({ entry }) => change(entry?.[1]?.resource as Appointment);
}
