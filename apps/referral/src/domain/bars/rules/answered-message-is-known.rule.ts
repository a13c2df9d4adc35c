import { error, type Issue } from '#fhir';
import { type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';

export function answeredMessageIsKnown({ header, event }: Message, { known }: MessageContext): Issue[] {
  if (event !== 'servicerequest-response') return [];
  if (known.messages(header.resource.response?.identifier ?? '')) return [];
  const expression = `${header.path}.response.identifier`;
  return [
    error('not-found', 'MessageHeader.response.identifier is the id of no message that awaits an answer.', expression),
  ];
}
