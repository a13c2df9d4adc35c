import { error, type Issue } from '#fhir';
import { contactDueExtension, readinessExtension } from './codes.js';
import { type Contact, nextContactOf } from './contact.js';
import { extensionOf } from './extensions.js';
import { readinessOf } from './readiness.js';

/** What a contact must say beside its colour: yellow when to try again, red what stands in the way or makes it unsafe. */
export function contactSays(contact: Contact): Issue[] {
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
  return [];
}

/** Why the person is as ready as they are, in words. */
export function readinessReasonOf(contact: Contact): string | undefined {
  const text = extensionOf(contact, readinessExtension)?.valueCodeableConcept?.text?.trim();
  return text === '' ? undefined : text;
}
