import { error, type Issue } from '#fhir';
import { contactDueExtension, readinessExtension } from './codes.js';
import {
  channelOf,
  channels,
  type Contact,
  contactedAt,
  contactLanguageExtension,
  contactResultExtension,
  contactResults,
  nextContactOf,
  resultOf,
} from './contact.js';
import { isContact, minutesOf } from './contact-log.js';
import { daysAreNear } from './deadlines/days-are-near.rule.js';
import { extensionOf } from './extensions.js';
import { readinessOf } from './readiness.js';
import { defaultTurnPolicy } from './turns/turn-policy.js';

const minuteMs = 60_000;
const dayMinutes = 24 * 60;
const happened: readonly string[] = ['arrived', 'triaged', 'in-progress', 'onleave', 'finished', 'completed'];
const reachedNobody: readonly string[] = ['no-answer', 'message-left', 'wrong-number'];

/** What is wrong with a contact: what it leaves out, says in words that nobody knows, or says of a time to come. */
export function contactSays(contact: Contact, now: Date): Issue[] {
  if (!isContact(contact)) return [];
  const next = daysAreNear([{}, contact], { now, element: `${contact.resourceType}.extension` });
  return [...colourSays(contact), ...isUnderstood(contact), ...hasBeen(contact, now), ...next];
}

/** Beside its colour: yellow when to try again, red what stands in the way or makes it unsafe; no colour where nobody was reached. */
function colourSays(contact: Contact): Issue[] {
  const colour = readinessOf(contact);
  const place = `${contact.resourceType}.extension`;
  if (colour === 'yellow' && nextContactOf(contact) === undefined) {
    const diagnostics = `A contact that is yellow says when the next one is: extension ${contactDueExtension} (valueDate); the parameter nextContact of $record-contact.`;
    return [error('required', diagnostics, place)];
  }
  if (colour === 'red' && readinessReasonOf(contact) === undefined) {
    const diagnostics = `A contact that is red says why, or what makes it unsafe: text of the extension ${readinessExtension}; the parameter readinessReason of $record-contact.`;
    return [error('required', diagnostics, place)];
  }
  const result = resultOf(contact);
  if (colour !== undefined && result !== undefined && reachedNobody.includes(result)) {
    const diagnostics = `A contact that reached nobody (${result}) says nothing of how ready the person is: leave out the one or the other.`;
    return [error('business-rule', diagnostics, place)];
  }
  return [];
}

/** A code that is not known would count for nothing, and nobody would see it. */
function isUnderstood(contact: Contact): Issue[] {
  const issues: Issue[] = [];
  const channel = channelOf(contact);
  if (!channels.some((one) => one === channel)) {
    const place = contact.resourceType === 'Encounter' ? 'Encounter.type' : 'Communication.medium';
    issues.push(error('code-invalid', `There is no such contact channel; known are ${channels.join(', ')}.`, place));
  }
  const place = `${contact.resourceType}.extension`;
  if (extensionOf(contact, contactResultExtension) && resultOf(contact) === undefined) {
    const known = contactResults.join(', ');
    issues.push(error('code-invalid', `There is no such result of a contact; known are ${known}.`, place));
  }
  const language = extensionOf(contact, contactLanguageExtension)?.valueCode;
  if (language !== undefined && !isLanguage(language)) {
    issues.push(error('code-invalid', 'The language of a contact is a tag of BCP 47, such as ur or pl.', place));
  }
  return issues;
}

function hasBeen(contact: Contact, now: Date): Issue[] {
  const place = contact.resourceType === 'Encounter' ? 'Encounter.period' : 'Communication.sent';
  const at = contactedAt(contact)?.getTime();
  const latest = now.getTime() + defaultTurnPolicy.aheadMinutes * minuteMs;
  if (happened.includes(contact.status) && at !== undefined && at > latest) {
    return [error('value', 'This contact lies ahead of the clock here; say when it was.', place)];
  }
  if ((minutesOf(contact) ?? 0) > dayMinutes) return [error('value', 'A contact is a day long at most.', place)];
  return [];
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** Why the person is as ready as they are, in words. */
export function readinessReasonOf(contact: Contact): string | undefined {
  const text = extensionOf(contact, readinessExtension)?.valueCodeableConcept?.text?.trim();
  return text === '' ? undefined : text;
}
