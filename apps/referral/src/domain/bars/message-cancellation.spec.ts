import type { Bundle } from 'fhir/r4';
import { booking, cancellation, context, urls, vcseReferral } from './example-messages.js';
import { judgeMessage } from './judge-message.js';
import { changed, header, reason, request, said, type Change, type Row } from './message-changes.js';

const ownDefinition = 'https://ginnel.org.uk/fhir/MessageDefinition/referral-request-vcse';
const cancelledDefinition = 'https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-request-cancelled';

describe('what was sent is taken back', () => {
  it.each<Row>([
    ['from the voluntary sector by its own definition', oneSided, takenBack(ownDefinition), 'cancellation'],
    ['with its one organisation by that of a cancellation', oneSided, takenBack(cancelledDefinition), 'cancellation'],
    [
      'with its one organisation by that which is implied',
      oneSided,
      takenBack(),
      'cancellation, required Bundle.entry[0].resource.definition',
    ],
    [
      'from any other by two organisations',
      () => withoutReceiver(cancellation()),
      () => undefined,
      '400 REC_BAD_REQUEST required Bundle.entry',
    ],
    ['by the definition of its booking', booking, takenBackBooking, 'booking-cancellation'],
  ])('%s', (_title: string, message: () => Bundle, change: Change, verdict: string) => {
    expect(said(judgeMessage(changed(message, change), context()))).toBe(verdict);
  });
});

/** A referral to the voluntary sector which names only who sends it. */
function oneSided(): Bundle {
  return withoutReceiver(vcseReferral());
}

function withoutReceiver(message: Bundle): Bundle {
  header((it) => delete it.destination?.[0]?.receiver)(message);
  return { ...message, entry: (message.entry ?? []).filter(({ fullUrl }) => fullUrl !== urls.receiver) };
}

function takenBack(definition?: string): Change {
  return (bundle) => {
    header((it) => Object.assign(it, { reason: reason('update') }, definition && { definition }))(bundle);
    request((it) => Object.assign(it, { id: 'sr-1', status: 'revoked' }))(bundle);
  };
}

function takenBackBooking(bundle: Bundle): void {
  header((it) => (it.reason = reason('update')))(bundle);
  Object.assign(bundle.entry?.[1]?.resource ?? {}, { id: 'appointment-1', status: 'cancelled' });
}
