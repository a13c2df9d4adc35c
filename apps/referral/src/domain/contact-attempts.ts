import type { Extension, Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import { base, contactAttemptExtension, occurredAtExtension } from './codes.js';
import { extensionsOf, withExtensions } from './extensions.js';

export const contactChannelSystem = `${base}/CodeSystem/contact-channel`;

/** An attempt that reached nobody. */
export interface ContactAttempt {
  /** Code of contact-channel: phone, sms, email, letter, visit, video, other. */
  channel: string;
  at: Date;
}

/** The attempts since somebody was last reached. */
export function attemptsOf(task: Task): ContactAttempt[] {
  return extensionsOf(task, contactAttemptExtension).flatMap(({ valueCodeableConcept: concept }) => {
    const channel = concept?.coding?.find(({ system }) => system === contactChannelSystem)?.code;
    const at = concept?.extension?.find(({ url }) => url === occurredAtExtension)?.valueDateTime;
    return channel === undefined || at === undefined ? [] : [{ channel, at: new Date(parseDateTime(at)) }];
  });
}

/** The Task after one more attempt. */
export function withAttempt(task: Task, attempt: ContactAttempt): Task {
  const attempts = [...extensionsOf(task, contactAttemptExtension), attemptIs(attempt)];
  return withExtensions(task, contactAttemptExtension, attempts);
}

/** The Task without one attempt like this, the last one; undefined where there is none. */
export function withoutAttempt(
  task: Task,
  { channel, at }: { channel: string; at: Date | undefined },
): Task | undefined {
  const attempts = attemptsOf(task);
  const isLike = (one: ContactAttempt) => one.channel === channel && (!at || one.at.getTime() === at.getTime());
  const place = attempts.findLastIndex(isLike);
  if (place === -1) return undefined;
  const left = attempts.toSpliced(place, 1).map(attemptIs);
  return withExtensions(task, contactAttemptExtension, left);
}

function attemptIs({ channel, at }: ContactAttempt): Extension {
  return {
    url: contactAttemptExtension,
    valueCodeableConcept: {
      extension: [{ url: occurredAtExtension, valueDateTime: at.toISOString() }],
      coding: [{ system: contactChannelSystem, code: channel }],
    },
  };
}
