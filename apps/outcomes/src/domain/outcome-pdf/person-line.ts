import type { HumanName, Identifier, Patient, Period } from 'fhir/r4';
import { isNhsNumber } from '#fhir';
import { dayOf } from '../evaluation/calendar.js';
import { nhsIdentifiersOf } from '../outcome-summary/document-parts.js';
import { day } from '../outcome-summary/narrative.js';
import { shortened } from './letters.js';

/** By themselves: what follows them is how the practice finds the person. */
const [nameLength, numberLength] = [140, 40];
const verificationStatus = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
/** Of UKCore-NHSNumberVerificationStatusEngland and of the system that it retired; a number that was not traced yet is told plainly. */
const statusWords: Readonly<Record<string, string>> = {
  '03': 'to be traced',
  'trace-required': 'to be traced',
  '04': 'traced, no single match',
  'trace-attempted-no-match-or-multiple-match-found': 'traced, no single match',
  '05': 'traced, in conflict with the details',
  'trace-needs-to-be-resolved-nhs-number-or-patient-detail-conflict': 'traced, in conflict with the details',
  '06': 'trace in progress',
  'trace-in-progress': 'trace in progress',
};

/** Family name first and in capitals, as the NHS writes it; with what is known against the number. */
export function personLine({ name = [], birthDate, identifier }: Patient, at: string): string {
  const today = dayOf(at) ?? '';
  const current = name.filter(({ use, period }) => use !== 'old' && isNow(period, today));
  const known = current.find(({ use }) => use === 'official' || use === 'usual') ?? current[0] ?? name[0];
  const born = birthDate === undefined ? 'born: not recorded' : `born ${day(birthDate)}`;
  return `${shortened(nameText(known), nameLength)}, ${born}, NHS number ${numberText({ identifier }, today)}`;
}

function nameText(name: HumanName | undefined): string {
  const given = name?.given?.join(' ') ?? '';
  const text = [name?.family?.toUpperCase() ?? '', given].filter((part) => part !== '').join(', ');
  return text === '' ? (name?.text ?? 'Name not recorded') : text;
}

function numberText(patient: Pick<Patient, 'identifier'>, today: string): string {
  const all = nhsIdentifiersOf(patient);
  const known = all.find(({ use, period }) => use !== 'old' && isNow(period, today)) ?? all[0];
  if (known?.value === undefined) return 'not recorded';
  const number = known.value.replace(/\s/g, '');
  const doubts = [isNhsNumber(number) ? [] : 'fails its check', statusOf(known)].flat();
  const grouped = shortened(number, numberLength).replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3');
  return doubts.length === 0 ? grouped : `${grouped} (${doubts.join('; ')})`;
}

function statusOf({ extension = [] }: Identifier): string[] {
  const concept = extension.find(({ url }) => url === verificationStatus)?.valueCodeableConcept;
  const words = (concept?.coding ?? []).flatMap(({ code = '' }) => statusWords[code] ?? []);
  return words.slice(0, 1);
}

/** By days, as far as they are known. */
function isNow({ start = '', end = '' }: Period = {}, today: string): boolean {
  const [from, until] = [start.slice(0, 10), end.slice(0, 10)];
  return from <= today.slice(0, from.length) && (until === '' || until >= today.slice(0, until.length));
}
