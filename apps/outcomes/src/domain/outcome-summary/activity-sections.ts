import type { Coding, CompositionSection, Organization, Reference } from 'fhir/r4';
import { idIn } from '#fhir';
import { dayOf } from '../evaluation/calendar.js';
import { type Counting, partCells, sessionCells } from './attendance-cells.js';
import { channelOf, isAttempt, isContact } from './contact.js';
import { isEnded } from './ending.js';
import { day, narrative, paragraph, table } from './narrative.js';
import { textOf } from './person-sections.js';
import { emptySection, standardHeading } from './section.js';
import type { Contact, Offer, OutcomeSummaryInput } from './summary-input.js';

/** Codes of v3-ActCode, which say nothing to who reads the page. */
const wordsOfClass: Readonly<Record<string, string>> = {
  AMB: 'in person',
  HH: 'visit',
  VR: 'by phone or video',
};

/** What was offered, and which sessions the person came to. */
export function offeredSection(input: OutcomeSummaryInput): CompositionSection {
  const [title, code] = ['What was offered and attended', standardHeading('attendance-details')];
  if (input.offers.length === 0) {
    return emptySection(title, code, narrative('generated', paragraph('No activity was offered.')));
  }
  const header = [
    'Activity',
    'Provider',
    'Result',
    'Attended',
    'Missed',
    'Cancelled',
    'To come',
    'First and last attended',
  ];
  return { title, code, text: narrative('generated', table(header, attendanceRows(input))) };
}

/** A row for each activity, in the order of the header; the last for sessions of which it is not known. */
export function attendanceRows({ patient, at, offers, otherSessions = [] }: OutcomeSummaryInput): string[][] {
  const counting = { patientId: patient.id ?? '', at, isOpen: offers.some(({ task }) => !isEnded(task)) };
  const known = offers.map((offer) => offerRow(offer, { ...counting, isOpen: !isEnded(offer.task) }));
  const others = otherSessions.filter(({ status }) => status !== 'entered-in-error');
  if (others.length === 0) return known;
  return [...known, ['activity not recorded', 'not recorded', 'not recorded', ...sessionCells(others, counting)]];
}

/** How often somebody was in touch, by whom and how; what was said stays with the provider. */
export function contactsSection(input: OutcomeSummaryInput): CompositionSection {
  const [title, code] = ['Contacts', standardHeading('professional-contacts')];
  const rows = contactGroups(input);
  if (rows.length === 0) {
    return emptySection(title, code, narrative('generated', paragraph('No contact was recorded.')));
  }
  return { title, code, text: narrative('generated', table(['By', 'How', 'Times', 'First', 'Last'], rows)) };
}

/** By whom, how, how often and how often in vain, first and last: a row for each organisation and channel. */
export function contactGroups(input: OutcomeSummaryInput): string[][] {
  const happened = input.contacts.filter(isContact);
  const groups = new Map<string, Contact[]>();
  for (const contact of happened) {
    const key = JSON.stringify([byWhom(contact, input), howOf(contact)]);
    groups.set(key, [...(groups.get(key) ?? []), contact]);
  }
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, contacts]) => contactRow(contacts, input));
}

function offerRow(offer: Offer, counting: Counting): string[] {
  const { task, activity, provider } = offer;
  const result = task.statusReason === undefined ? task.status : `${task.status}: ${textOf(task.statusReason)}`;
  return [activity, nameOf(provider), result, ...partCells(offer, counting)];
}

function contactRow(contacts: readonly Contact[], input: OutcomeSummaryInput): string[] {
  const [first] = contacts;
  const days = daysOf(contacts.map(timeOf));
  const [by, how] = first === undefined ? ['', ''] : [byWhom(first, input), howOf(first)];
  return [by, how, timesText(contacts), day(days[0]), day(days.at(-1))];
}

/** A practice must not take for help what reached nobody. */
function timesText(contacts: readonly Contact[]): string {
  const [times, attempts] = [contacts.length, contacts.filter(isAttempt).length];
  if (attempts === 0) return String(times);
  return attempts === times
    ? `${String(times)}, nobody reached`
    : `${String(times)}, of which ${String(attempts)} reached nobody`;
}

function timeOf(contact: Contact): string | undefined {
  return contact.resourceType === 'Encounter' ? contact.period?.start : (contact.sent ?? contact.received);
}

function howOf(contact: Contact): string {
  const channel = channelOf(contact);
  if (channel?.code !== undefined) return channel.display ?? channel.code;
  return contact.resourceType === 'Communication' ? textOf(contact.medium?.[0]) : wordsOf(contact.class);
}

function wordsOf({ display, code }: Coding): string {
  return display ?? wordsOfClass[code ?? ''] ?? code ?? 'not recorded';
}

/** Who was in touch is a fact of the record (three callers were once credited with the same calls), never assumed. */
function byWhom(contact: Contact, input: OutcomeSummaryInput): string {
  const performer = contact.resourceType === 'Encounter' ? contact.serviceProvider : contact.sender;
  const id = idIn(performer, 'Organization');
  const known = organisationsOf(input).find((organisation) => id !== undefined && organisation.id === id);
  return known === undefined ? displayOf(performer) : nameOf(known);
}

function organisationsOf({ author, custodian, requester, offers }: OutcomeSummaryInput): Organization[] {
  return [author, custodian, requester, ...offers.map(({ provider }) => provider)];
}

function displayOf(reference: Reference | undefined): string {
  return reference?.display ?? 'not recorded';
}

function nameOf({ name }: Organization): string {
  return name ?? 'not recorded';
}

function daysOf(times: readonly (string | undefined)[]): string[] {
  return times.flatMap((time) => dayOf(time) ?? []).sort();
}
