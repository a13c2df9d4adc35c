import { error, type Issue } from '#fhir';
import { type Message } from '../message.js';

export function responseNamesItsRequest({ header, event }: Message): Issue[] {
  if (event !== 'servicerequest-response') return [];
  const { response } = header.resource as Partial<typeof header.resource>;
  if (response === undefined) {
    const missing = 'A servicerequest-response has no MessageHeader.response; say which message it answers.';
    return [error('invariant', missing, `${header.path}.response`)];
  }
  if ((response.identifier as string | undefined) !== undefined) return [];
  const missing = 'MessageHeader.response.identifier is missing; give the Bundle.id of the message that this answers.';
  return [error('required', missing, `${header.path}.response.identifier`)];
}
