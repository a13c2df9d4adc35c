import type { Encounter, Parameters, ParametersParameter } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import { extensionOf } from './extensions.js';
import {
  channelOf,
  type Contact,
  contactedAt,
  contactLanguageExtension,
  contactResults,
  resultOf,
  taskOfContact,
} from './contact.js';
import { contactChannelSystem } from './contact-attempts.js';
import { readinessColours, readinessOf } from './readiness.js';

const minuteMs = 60_000;
/** UCUM and what people write, in minutes. */
const minutesIn: Readonly<Record<string, number>> = { s: 1 / 60, min: 1, h: 60 };

/** A contact with the person, or an attempt: it names its channel, how it went or how ready they were. */
export function isContact(contact: Contact): boolean {
  if (contact.status === 'entered-in-error') return false;
  return resultOf(contact) !== undefined || readinessOf(contact) !== undefined || namesChannel(contact);
}

/** Of this Task, where it names one. */
export function isOfTask(contact: Contact, taskId: string): boolean {
  const named = taskOfContact(contact);
  return named === undefined || named === taskId;
}

/** The oldest first; what has no time stands last. */
export function inOrder(contacts: readonly Contact[]): Contact[] {
  const at = (contact: Contact) => contactedAt(contact)?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return [...contacts].sort((one, other) => at(one) - at(other));
}

/** How long it was, in whole minutes; undefined where nothing is said of it. */
export function minutesOf(contact: Contact): number | undefined {
  if (contact.resourceType === 'Communication') return undefined;
  return lengthOf(contact) ?? spanOf(contact);
}

/** What they come to: counts by result, colour, channel and language, and minutes in all. */
export function contactTotals(contacts: readonly Contact[]): ParametersParameter[] {
  const minutes = contacts.map(minutesOf);
  const timed = minutes.filter((one) => one !== undefined);
  const languages = contacts.map((one) => extensionOf(one, contactLanguageExtension)?.valueCode);
  return [
    { name: 'contacts', valueUnsignedInt: contacts.length },
    { name: 'minutes', valueUnsignedInt: timed.reduce((sum, one) => sum + one, 0) },
    { name: 'timed', valueUnsignedInt: timed.length },
    ...counts('result', contacts.map(wentHow), contactResults),
    ...counts('readiness', contacts.map(readinessOf), readinessColours),
    ...counts('channel', contacts.map(channelOf)),
    ...counts('language', languages),
  ];
}

export function logOf(parameter: ParametersParameter[]): Parameters {
  return { resourceType: 'Parameters', parameter };
}

/** Whoever says how ready the person is has reached them. */
function wentHow(contact: Contact): string | undefined {
  return resultOf(contact) ?? (readinessOf(contact) === undefined ? undefined : 'reached');
}

function counts(
  name: string,
  said: readonly (string | undefined)[],
  order: readonly string[] = [...new Set(said.flatMap((one) => one ?? []))].sort(),
): ParametersParameter[] {
  return order.flatMap((code) => {
    const count = said.filter((one) => one === code).length;
    if (count === 0) return [];
    return [
      {
        name,
        part: [
          { name: 'code', valueCode: code },
          { name: 'count', valueUnsignedInt: count },
        ],
      },
    ];
  });
}

function namesChannel(contact: Contact): boolean {
  const concepts = contact.resourceType === 'Encounter' ? contact.type : contact.medium;
  return (concepts ?? []).some(({ coding }) => coding?.some(({ system }) => system === contactChannelSystem) === true);
}

function lengthOf({ length }: Encounter): number | undefined {
  const unit = minutesIn[length?.code ?? length?.unit ?? ''];
  return length?.value === undefined || unit === undefined ? undefined : Math.round(length.value * unit);
}

function spanOf({ period }: Encounter): number | undefined {
  if (period?.start === undefined || period.end === undefined) return undefined;
  return Math.max(0, Math.round((parseDateTime(period.end) - parseDateTime(period.start)) / minuteMs));
}
