import type { Identifier, Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import type { ReadMessage } from './bars/index.js';
import { messageIdSystem } from './codes.js';

/**
 * By what a message is known afterwards: its Bundle.id, and when its sender made it. The referral's own Task bears one of each
 * request about it, the first one first.
 */
export function messageIdentifier({ bundleId, timestamp }: Pick<ReadMessage, 'bundleId' | 'timestamp'>): Identifier {
  return { system: messageIdSystem, value: bundleId, period: { start: timestamp } };
}

/** Bundle.timestamp of the latest message about a referral: the sender's clock, so that it compares with the sender's clock. */
export function latestMessage({ identifier = [] }: Task): string | undefined {
  const times = identifier.flatMap(({ system, period }) => (system === messageIdSystem ? (period?.start ?? []) : []));
  return times.sort((one, other) => parseDateTime(one) - parseDateTime(other)).at(-1);
}
