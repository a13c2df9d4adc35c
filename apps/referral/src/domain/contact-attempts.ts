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

function attemptIs({ channel, at }: ContactAttempt): Extension {
  return {
    url: contactAttemptExtension,
    valueCodeableConcept: {
      extension: [{ url: occurredAtExtension, valueDateTime: at.toISOString() }],
      coding: [{ system: contactChannelSystem, code: channel }],
    },
  };
}
