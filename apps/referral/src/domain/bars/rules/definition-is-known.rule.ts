import { error, warning, type Issue } from '#fhir';
import { namedDefinition } from '../message-definitions.js';
import { type Message } from '../message.js';

/** A definition that nobody has published cannot be satisfied; one that is not named is taken from the workflow. */
export function definitionIsKnown(message: Message): Issue[] {
  const expression = `${message.header.path}.definition`;
  if (message.header.resource.definition === undefined) {
    return [warning('required', 'MessageHeader.definition is missing; the one of the workflow was taken.', expression)];
  }
  if (namedDefinition(message) !== undefined) return [];
  return [error('value', 'MessageHeader.definition is no MessageDefinition that this server knows.', expression)];
}
