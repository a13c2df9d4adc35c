import type { HealthcareService } from 'fhir/r4';
import { resourceIdOf } from '#fhir';
import { entriesOf, entryIdsOf, isEntryOf, resolve, type Message } from './message.js';
import { type ServiceAddress } from './message-context.js';
import { serviceAddressOf } from './service-address.js';

/** What an answer says of whom it comes from, beside the message that it answers. */
export interface AnswerNames {
  /** Ids of its Tasks. */
  taskIds: readonly string[];
  /** The address of who answers. */
  source?: ServiceAddress | undefined;
  /** The activities that were asked: their ids as the directory may have them, and their addresses. */
  performerIds: readonly string[];
  performerAddresses: readonly ServiceAddress[];
}

/** Undefined where the message is no answer. */
export function answerNamesOf(message: Message): AnswerNames | undefined {
  if (message.event !== 'servicerequest-response') return undefined;
  const performers = message.serviceRequest?.resource.performer ?? [];
  const brought = performers.map((one) => resolve(message, one)).filter((one) => isEntryOf(one, 'HealthcareService'));
  // Each once: a message may name one of many identifiers very often.
  const services = [...new Set(brought)];
  const literals = new Set(performers.flatMap(({ reference = '' }) => reference));
  return {
    taskIds: entriesOf(message, 'Task').flatMap(entryIdsOf),
    source: serviceAddressOf(message.header.resource.source.endpoint),
    performerIds: [...services.flatMap(entryIdsOf), ...[...literals].flatMap(serviceIdIn)],
    performerAddresses: services.flatMap(({ resource }) => addressesOf(resource)),
  };
}

function serviceIdIn(literal: string): string[] {
  const named = resourceIdOf(literal);
  return named?.type === 'HealthcareService' ? [named.id] : [];
}

function addressesOf({ identifier = [] }: HealthcareService): ServiceAddress[] {
  return identifier.flatMap(({ system = '', value = '' }) => serviceAddressOf(`${system}|${value}`) ?? []);
}
