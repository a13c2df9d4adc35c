import { randomUUID } from 'node:crypto';

/** By what a message is known: the same for each try of it. UUIDs. */
export interface MessageIds {
  requestId: string;
  /** Of the whole conversation about a referral: kept from its first message on. */
  correlationId: string;
}

/** Ids of the next message; of a new conversation where none is given. */
export function messageIds(correlationId: string = randomUUID()): MessageIds {
  return { requestId: randomUUID(), correlationId };
}
