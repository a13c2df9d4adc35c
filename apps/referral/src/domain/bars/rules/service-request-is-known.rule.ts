import { error, type Issue } from '#fhir';
import { requestNamesOf, type Message, type ResourceNames } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { kindOf, type MessageKind } from '../workflow.js';

/** A cancellation or an update names the ServiceRequest that the sender read here; a booking may. */
export function serviceRequestIsKnown(message: Message, { known }: MessageContext): Issue[] {
  const kind = kindOf(message);
  const names = requestNamesOf(message);
  if (names === undefined || !isTarget(kind, names) || known.serviceRequest(names.ids[0] ?? '') !== undefined)
    return [];
  const said = `This server has no such ServiceRequest; read it first and send the ${words[kind]} with its id.`;
  return [error('not-found', said, names.path)];
}

const words = { cancellation: 'cancellation', update: 'update', 'new-booking': 'booking' } as const;

function isTarget(kind: MessageKind | undefined, { isMeantHere }: ResourceNames): kind is keyof typeof words {
  return kind !== undefined && kind in words && (kind !== 'new-booking' || isMeantHere);
}
