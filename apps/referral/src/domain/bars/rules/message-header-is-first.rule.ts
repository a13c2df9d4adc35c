import type { Bundle } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { entriesIn, isEntryOf, openMessage } from '../message.js';

/** The first entry of a message is its one MessageHeader: https://hl7.org/fhir/R4/bundle.html#bdl-12 */
export function messageHeaderIsFirst(bundle: Bundle): Issue[] {
  const headers = entriesIn(bundle).filter((entry) => isEntryOf(entry, 'MessageHeader'));
  const second = headers[1];
  if (openMessage(bundle) === undefined) {
    const place = headers.length === 0 ? 'and no other entry is one either' : 'although a later entry is one';
    return [error('required', `The first entry is not a MessageHeader, ${place}.`, 'Bundle.entry[0].resource')];
  }
  return second === undefined ? [] : [error('invariant', 'A message has one MessageHeader.', second.path)];
}
