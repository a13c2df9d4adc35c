import type { Reference } from 'fhir/r4';
import { resourceIdOf } from '#fhir';
import { entriesOf, entryIdOf, isEntryOf, resolve, type Message } from './message.js';
import { type ServiceAddress } from './message-context.js';
import { serviceAddressOf } from './service-address.js';

/** What an answer says of whom it comes from, beside the message that it answers. */
export interface AnswerNames {
  /** Ids of its Tasks. */
  taskIds: readonly string[];
  /** The activity that answers: its id as the directory may have it, and its addresses. */
  activityIds: readonly string[];
  activityAddresses: readonly ServiceAddress[];
}

/** Undefined where the message is no answer. */
export function answerNamesOf(message: Message): AnswerNames | undefined {
  if (message.event !== 'servicerequest-response') return undefined;
  const performers = (message.serviceRequest?.resource.performer ?? []).map((one) => performerOf(message, one));
  const source = serviceAddressOf(message.header.resource.source.endpoint);
  return {
    taskIds: entriesOf(message, 'Task').flatMap((entry) => entryIdOf(entry) ?? []),
    activityIds: performers.flatMap(({ id }) => id ?? []),
    activityAddresses: [...performers.flatMap(({ addresses }) => addresses), ...(source ? [source] : [])],
  };
}

function performerOf(message: Message, performer: Reference): { id?: string | undefined; addresses: ServiceAddress[] } {
  const brought = resolve(message, performer);
  if (isEntryOf(brought, 'HealthcareService')) {
    const addresses = (brought.resource.identifier ?? []).flatMap(
      ({ system = '', value = '' }) => serviceAddressOf(`${system}|${value}`) ?? [],
    );
    return { id: entryIdOf(brought), addresses };
  }
  const named = resourceIdOf(performer.reference ?? '');
  return { id: named?.type === 'HealthcareService' ? named.id : undefined, addresses: [] };
}
