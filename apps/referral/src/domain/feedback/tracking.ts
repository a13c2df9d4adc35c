import type { Communication, Identifier, Reference, Task } from 'fhir/r4';
import { businessStatusOf, businessStatusSystem, messageIdSystem, returnAddressExtension } from '../codes.js';
import {
  communicationCategorySystem,
  correlationSystem,
  messageFailureSystem,
  messageNumberExtension,
  messageTriesExtension,
  receiptSystem,
  requestIdSystem,
  responseMessage,
} from './codes.js';

export interface MessageToTrack {
  id: string;
  /** Bundle.id of the message and its X-Request-Id: UUIDs that every try bears. */
  messageId: string;
  requestId: string;
  correlationId: string;
  returnAddress: string;
  /** From 1, within its referral. */
  number: number;
  parent: Task;
  part: Task;
  /** The kept message; absent where nothing may be sent. */
  content?: Reference;
  now: string;
}

/** A message on its way, as the requester may follow it: one Communication each. */
export function trackingOf(message: MessageToTrack): Communication {
  const { id, parent, part, number, returnAddress, now } = message;
  const about = [{ reference: `Task/${part.id ?? ''}` }, ...(part.focus ? [part.focus] : [])];
  return {
    resourceType: 'Communication',
    id,
    extension: [
      { url: messageNumberExtension, valuePositiveInt: number },
      { url: messageTriesExtension, valueUnsignedInt: 0 },
      { url: returnAddressExtension, valueString: returnAddress },
    ],
    identifier: identifiersOf(message),
    partOf: [{ reference: `Task/${parent.id ?? ''}` }],
    category: [responseMessage],
    about,
    sent: now,
    ...beginning(message.content),
    ...between(parent, part),
  };
}

function beginning(content: Reference | undefined): Pick<Communication, 'status' | 'statusReason' | 'payload'> {
  if (content) return { status: 'preparation', payload: [{ contentReference: content }] };
  return { status: 'not-done', statusReason: failure('restricted', 'What is restricted is not sent as a message.') };
}

function between({ requester }: Task, part: Task): Partial<Communication> {
  const business = businessStatusOf(part);
  return {
    ...(part.for ? { subject: part.for } : {}),
    ...(business === undefined ? {} : { topic: { coding: [{ system: businessStatusSystem, code: business }] } }),
    ...(requester ? { recipient: [requester] } : {}),
    ...(part.owner ? { sender: part.owner } : {}),
  };
}

/** What became of a message until now, as the service that sends tells it. */
export interface DeliveryNote {
  state: 'sent' | 'waiting' | 'stopped' | 'unaddressed';
  tries: number;
  at: string;
  /** `404 REC_NOT_FOUND`, `timeout`: codes, never what the other side wrote. */
  error?: string | undefined;
  /** The other side's answer, as it is kept. */
  proof?: string | undefined;
}

/** The Communication with what became of its message. A message that arrived stays arrived, whatever comes late. */
export function noted(before: Communication, note: DeliveryNote): Communication {
  if (before.status === 'completed') return before;
  const [content] = before.payload ?? [];
  return {
    ...resent(before),
    status: statuses[note.state],
    extension: (before.extension ?? []).map((one) =>
      one.url === messageTriesExtension ? { url: one.url, valueUnsignedInt: note.tries } : one,
    ),
    ...(note.error === undefined ? {} : { statusReason: failure(codeOf(note), note.error) }),
    ...(note.state === 'sent' ? { received: note.at } : {}),
    ...(content ? { payload: [content, ...proofOf(note)] } : {}),
  };
}

/** To be sent once more, as it is and under the same ids. */
export function resent(before: Communication): Communication {
  const again: Communication = { ...before, status: 'preparation' };
  delete again.statusReason;
  return again;
}

const statuses = {
  sent: 'completed',
  waiting: 'in-progress',
  unaddressed: 'on-hold',
  stopped: 'stopped',
} as const;

function codeOf({ state }: DeliveryNote): string {
  if (state === 'unaddressed') return 'no-endpoint';
  return state === 'stopped' ? 'given-up' : 'not-taken-yet';
}

function failure(code: string, text: string) {
  return { coding: [{ system: messageFailureSystem, code }], text };
}

function proofOf({ proof }: DeliveryNote) {
  if (proof === undefined) return [];
  return [{ contentReference: { type: 'Bundle', identifier: { system: receiptSystem, value: proof } } }];
}

function identifiersOf({ messageId, requestId, correlationId }: MessageToTrack): Identifier[] {
  return [
    { system: messageIdSystem, value: messageId },
    { system: requestIdSystem, value: requestId },
    { system: correlationSystem, value: correlationId },
  ];
}

/** Whether this Communication follows a message that is sent from here. */
export function isResponseMessage(communication: Communication): boolean {
  return isOf(communication, ['response-message']);
}

/** Whether it follows a message of either direction. */
export function followsAMessage(communication: Communication): boolean {
  return isOf(communication, ['response-message', 'received-response']);
}

function isOf({ category = [] }: Communication, codes: readonly string[]): boolean {
  const codings = category.flatMap(({ coding = [] }) => coding);
  return codings.some(({ system, code = '' }) => system === communicationCategorySystem && codes.includes(code));
}
