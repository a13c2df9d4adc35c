import type { Bundle } from 'fhir/r4';
import { answer, context, newReferral, urls } from './example-messages.js';
import { judgeMessage } from './judge-message.js';
import { changed, header, said, type Change, type Row } from './message-changes.js';

describe('the header of a message', () => {
  const at = 'Bundle.entry[0].resource';
  it.each<Row>([
    [
      'has an event',
      newReferral,
      header((it) => delete it.eventCoding),
      `400 REC_BAD_REQUEST required ${at}.eventCoding`,
    ],
    [
      'has an event of the standard',
      newReferral,
      header((it) => (it.eventCoding = { code: 'servicerequest-request' })),
      `400 REC_BAD_REQUEST not-supported ${at}.eventCoding`,
    ],
    [
      'has a known event',
      newReferral,
      header((it) => (it.eventCoding = { ...it.eventCoding, code: 'x' })),
      `400 REC_BAD_REQUEST not-supported ${at}.eventCoding`,
    ],
    [
      'asks for no booking without an Appointment',
      newReferral,
      header((it) => (it.eventCoding = { ...it.eventCoding, code: 'booking-request' })),
      `400 REC_BAD_REQUEST required Bundle.entry`,
    ],
    [
      'answers no booking',
      newReferral,
      header((it) => (it.eventCoding = { ...it.eventCoding, code: 'booking-response' })),
      `501 REC_NOT_IMPLEMENTED not-supported ${at}.eventCoding.code`,
    ],
    ['has a reason', newReferral, header((it) => delete it.reason), `400 REC_BAD_REQUEST required ${at}.reason`],
    [
      'has a known reason',
      newReferral,
      header((it) => (it.reason = { text: 'new' })),
      `400 REC_BAD_REQUEST value ${at}.reason`,
    ],
    [
      'has a destination',
      newReferral,
      header((it) => delete it.destination),
      `400 REC_BAD_REQUEST required ${at}.destination`,
    ],
    [
      'has one destination',
      newReferral,
      header((it) => it.destination?.push({ endpoint: 'x' })),
      `400 REC_BAD_REQUEST invariant ${at}.destination[1]`,
    ],
    [
      'names its destination as system and value',
      newReferral,
      header((it) => (it.destination = [{ endpoint: '[ODSCode]:[DoSId]' }])),
      `400 REC_BAD_REQUEST value ${at}.destination[0].endpoint`,
    ],
    [
      'may spell its destination otherwise',
      newReferral,
      header((it) => (it.destination = [{ endpoint: 'http://fhir.nhs.uk/id/dos-service-id|2000099001' }])),
      'new-referral',
    ],
    [
      'has a return address',
      newReferral,
      header((it) => (it.source = { endpoint: '' })),
      `400 REC_BAD_REQUEST required ${at}.source.endpoint`,
    ],
    ['should name its sender', newReferral, header((it) => delete it.sender), `new-referral, required ${at}.sender`],
    ['has a focus', newReferral, header((it) => delete it.focus), `400 REC_BAD_REQUEST required ${at}.focus`],
    [
      'has its focus in the message',
      newReferral,
      header((it) => (it.focus = [{ reference: 'urn:uuid:1' }])),
      `400 REC_BAD_REQUEST invalid ${at}.focus[0].reference`,
    ],
    [
      'has the ServiceRequest as focus',
      newReferral,
      header((it) => (it.focus = [{ reference: urls.patient }])),
      `400 REC_BAD_REQUEST invalid ${at}.focus[0].reference`,
    ],
    [
      'may name its focus in capitals',
      newReferral,
      header((it) => (it.focus = [{ reference: urls.serviceRequest.toUpperCase() }])),
      'new-referral',
    ],
    [
      'has a published definition',
      newReferral,
      header((it) => (it.definition = `${String(it.definition)}-short`)),
      `400 REC_BAD_REQUEST value ${at}.definition`,
    ],
    [
      'may name the version of its definition',
      newReferral,
      header((it) => (it.definition = `${String(it.definition)}|1.0.0-beta`)),
      'new-referral',
    ],
    [
      'may leave its definition to the workflow',
      newReferral,
      header((it) => delete it.definition),
      `new-referral, required ${at}.definition`,
    ],
    [
      'has a definition of its own workflow',
      newReferral,
      header((it) => (it.definition = it.definition?.replace('request-referral', 'request-cancelled'))),
      `400 REC_BAD_REQUEST invariant ${at}.definition`,
    ],
    [
      'has our definition for our use case only',
      newReferral,
      header((it) => (it.definition = 'https://ginnel.org.uk/fhir/MessageDefinition/referral-request-vcse')),
      `400 REC_BAD_REQUEST invariant ${at}.definition`,
    ],
    [
      'says what it answers',
      answer,
      header((it) => delete it.response),
      `400 REC_BAD_REQUEST invariant ${at}.response`,
    ],
    [
      'answers a message that is known',
      answer,
      header((it) => (it.response = { identifier: 'other', code: 'ok' })),
      `404 REC_NOT_FOUND not-found ${at}.response.identifier`,
    ],
    [
      'answers whatever service it is sent to',
      answer,
      header((it) => (it.destination = [{ endpoint: 'https://example.org/services|1' }])),
      `400 REC_BAD_REQUEST invalid ${at}.destination[0].endpoint`,
    ],
  ])('%s', judged);
});

function judged(_title: string, message: () => Bundle, change: Change, verdict: string): void {
  expect(said(judgeMessage(changed(message, change), context()))).toBe(verdict);
}
