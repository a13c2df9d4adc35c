import { createHash } from 'node:crypto';
import type { Patient, PatientLink, Task } from 'fhir/r4';
import { idIn, restrictedAs } from '#fhir';
import { base, hasCode, taskInputSystem } from '../codes.js';
import type { MatchGrade } from './person-match.js';

const system = `${base}/CodeSystem/operational-task`;
const code = 'link-records';

/** Two records that may be of one person, for an organisation that sees both. */
export interface LinkProposal {
  patient: Patient;
  other: Patient;
  grade: MatchGrade;
  /** Organisation that is asked. */
  organisation: string;
  authoredOn: string;
}

/** One for each organisation and pair, whichever of the two came first. */
export function linkTaskId(organisation: string, patients: readonly [string, string]): string {
  const named = [organisation, ...[...patients].sort()].join('|');
  return `link-${createHash('sha256').update(named).digest('hex').slice(0, 32)}`;
}

/** Asks somebody whether two records are of one person. A machine does not know. */
export function linkTask({ patient, other, grade, organisation, authoredOn }: LinkProposal): Task {
  const [one, two] = [patient.id ?? '', other.id ?? ''];
  const input = (name: string) => ({ coding: [{ system: taskInputSystem, code: name }] });
  const task: Task = {
    resourceType: 'Task',
    id: linkTaskId(organisation, [one, two]),
    status: 'requested',
    intent: 'proposal',
    code: { coding: [{ system, code, display: 'Link records' }] },
    description:
      'These two records of different organisations may be of one person. Compare them, ask the person if in doubt; then set ' +
      'this Task to completed (one person) or rejected (two people). Nothing is merged.',
    focus: { reference: `Patient/${one}` },
    for: { reference: `Patient/${one}` },
    input: [
      { type: input('other-record'), valueReference: { reference: `Patient/${two}` } },
      { type: input('match-grade'), valueCode: grade },
    ],
    owner: { reference: `Organization/${organisation}` },
    authoredOn,
    lastModified: authoredOn,
  };
  return restrictedAs(task, patient, other);
}

export function isLinkTask({ code: concept }: Task): boolean {
  return hasCode(concept, system, code);
}

/** Ids of the two Patients. */
export function recordsOf({ focus, input = [] }: Task): [string, string] {
  const other = input.find(({ type }) => hasCode(type, taskInputSystem, 'other-record'));
  return [idIn(focus, 'Patient') ?? '', idIn(other?.valueReference, 'Patient') ?? ''];
}

/** Search parameters of the Tasks by which people linked one of these records to another. */
export function linkTasksOf(patients: readonly string[]): Record<string, string> {
  const patient = patients.map((id) => `Patient/${id}`).join(',');
  return { code: `${system}|${code}`, status: 'completed', patient };
}

/** The links of a record that these Tasks made; one that its writer made is his own. */
export function linksMadeBy(tasks: readonly Task[], { id, link = [] }: Patient): PatientLink[] {
  const pairs = tasks.map(recordsOf).filter((pair) => pair.includes(id ?? ''));
  return link.filter(({ type, other }) => type === 'seealso' && pairs.some((pair) => pair.includes(linkedId(other))));
}

function linkedId(other: PatientLink['other']): string {
  return idIn(other, 'Patient') ?? '';
}

/** The record with or without a link to the other one; the same object where nothing changes. */
export function withLink(patient: Patient, otherId: string, isLinked: boolean): Patient {
  const { link = [], ...rest } = patient;
  const others = link.filter(({ type, other }) => type !== 'seealso' || linkedId(other) !== otherId);
  if (others.length < link.length === isLinked) return patient;
  const links = isLinked ? [...link, { type: 'seealso' as const, other: { reference: `Patient/${otherId}` } }] : others;
  return { ...rest, ...(links.length > 0 ? { link: links } : {}) };
}
