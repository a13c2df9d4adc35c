import type { Identifier, Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import type { ReadMessage } from './bars/index.js';
import { messageIdSystem } from './codes.js';
import { defaultTurnPolicy } from './turns/turn-policy.js';

/**
 * By what a message is known afterwards: its Bundle.id, and when its sender made it. The referral's own Task bears one of each
 * request about it, the first one first. A time that lies ahead is left out: a clock that was wrong once does not make all that
 * comes before that time old.
 */
export function messageIdentifier(
  { bundleId, timestamp }: Pick<ReadMessage, 'bundleId' | 'timestamp'>,
  now: Date,
): Identifier {
  const isAhead = parseDateTime(timestamp) > now.getTime() + defaultTurnPolicy.aheadMinutes * 60_000;
  return { system: messageIdSystem, value: bundleId, ...(isAhead ? {} : { period: { start: timestamp } }) };
}

/** Bundle.timestamp of the latest message about a referral: the sender's clock, so that it compares with the sender's clock. */
export function latestMessage({ identifier = [] }: Task): string | undefined {
  const times = identifier.flatMap(({ system, period }) => (system === messageIdSystem ? (period?.start ?? []) : []));
  return times.sort((one, other) => parseDateTime(one) - parseDateTime(other)).at(-1);
}

/** An id as it is written and, where it is a UUID, in small letters and in capitals: who keeps it as a UUID writes it in either. */
export function spellingsOf(id: string): string[] {
  const isUuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id);
  return isUuid ? [...new Set([id, id.toLowerCase(), id.toUpperCase()])] : [id];
}
