import type { FhirResource } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { definitionOf, isForItsCategory, type MessageDefinitionRow } from '../message-definitions.js';
import { type Message } from '../message.js';
import { kindOf } from '../workflow.js';

/** The definition is one of this workflow and the message holds as many resources of each type as it says. */
export function messageSatisfiesItsDefinition(message: Message): Issue[] {
  const definition = definitionOf(message);
  if (definition === undefined) return [];
  const kind = kindOf(message);
  const fits = (kind === undefined || definition.kinds.includes(kind)) && isForItsCategory(definition, message);
  if (!fits) {
    const said = 'MessageHeader.definition belongs to another event, reason or category than the message has.';
    return [error('invariant', said, `${message.header.path}.definition`)];
  }
  const types = Object.keys(definition.cardinalities) as FhirResource['resourceType'][];
  return types.flatMap((type) => countIsAllowed(message, definition, type));
}

function countIsAllowed(
  message: Message,
  definition: MessageDefinitionRow,
  type: FhirResource['resourceType'],
): Issue[] {
  const [min, max] = definition.cardinalities[type] ?? [0, Infinity];
  const found = message.entries.filter(({ resource }) => resource.resourceType === type);
  const counted = `The message holds ${String(found.length)} ${type}`;
  if (found.length < min) {
    return [error('required', `${counted}; its definition demands at least ${String(min)}.`, 'Bundle.entry')];
  }
  const excess = found[max];
  if (excess === undefined) return [];
  return [error('invariant', `${counted}; its definition allows at most ${String(max)}.`, excess.path)];
}
