import { isDeepStrictEqual } from 'node:util';
import type { Extension, Identifier, Reference, Task, TaskOutput } from 'fhir/r4';
import { base, businessStatusOf, fulfil, hasCode, taskOutputSystem } from './codes.js';
import { reasonMeant } from './status-reasons.js';
import { type NoteWriter, notesOf } from './task-notes.js';

/** Who wrote it, and how. */
export interface TaskWriter extends NoteWriter {
  /** Sent as a whole: whatever is left out, its writer may not know. A patch or an operation starts from what is there. */
  isWhole?: boolean;
}

/**
 * A Task as a system means it that knows FHIR and nothing of Ginnel: what it does not know it leaves out, and what it knows it
 * says in words of its own (a display, an identifier beside a reference). Left out is kept; the same in other words is the same.
 */
export function plainlyMeant(previous: Task, next: Task, writer: TaskWriter): Task {
  const note = notesOf(previous, next, writer);
  const output = outputMeant(previous, next);
  return {
    ...next,
    ...Object.fromEntries(keptWhenLeftOut.flatMap((element) => leftOut(previous, next, element))),
    ...metaMeant(previous, next, writer),
    ...periodMeant(previous, next),
    ...extensionMeant(previous, next),
    ...Object.fromEntries(references.flatMap((element) => sameReference(previous, next, element))),
    ...sameReason(previous, next),
    ...(isFulfilment(previous) && isFulfilment(next) && previous.code ? { code: previous.code } : {}),
    ...(previous.authoredOn === undefined ? {} : { authoredOn: previous.authoredOn }),
    ...(isOwnMerely(previous, next) ? { identifier: previous.identifier } : {}),
    ...(note.length > 0 ? { note } : {}),
    ...(output ? { output } : {}),
  };
}

const keptWhenLeftOut = [
  'extension',
  'focus',
  'for',
  'requester',
  'owner',
  'partOf',
  'basedOn',
  'groupIdentifier',
  'identifier',
  'priority',
  'description',
  'reasonCode',
  'reasonReference',
  'restriction',
  'input',
] as const;
const references = ['focus', 'for', 'requester', 'owner'] as const;

function leftOut(previous: Task, next: Task, element: keyof Task): [string, unknown][] {
  return next[element] === undefined && previous[element] !== undefined ? [[element, previous[element]]] : [];
}

/** The Task of a labelled referral is as hidden as that: who says nothing of labels takes none away. */
function metaMeant({ meta: before }: Task, { meta: sent }: Task, { isWhole }: TaskWriter): Pick<Task, 'meta'> {
  return before === undefined || isWhole !== true ? {} : { meta: { ...before, ...sent } };
}

/** Who says when it ended does not unsay when it began. */
export function periodMeant(
  { executionPeriod: before }: Task,
  { executionPeriod: sent }: Task,
): Pick<Task, 'executionPeriod'> {
  return before === undefined ? {} : { executionPeriod: { ...before, ...sent } };
}

/** Who sends none of Ginnel's knows none, and says nothing of them beside its own; who sends one leaves out what it takes away. */
function extensionMeant({ extension: before = [] }: Task, { extension: sent }: Task): Pick<Task, 'extension'> {
  const known = before.filter(isGinnels);
  if (sent === undefined || known.length === 0 || sent.some(isGinnels)) return {};
  return { extension: [...sent, ...known] };
}

function isGinnels({ url }: Extension): boolean {
  return url.startsWith(`${base}/`);
}

/** As of extensions; but whether the need was met, once said, is said in other words and never taken away. */
function outputMeant(previous: Task, next: Task): TaskOutput[] | undefined {
  const { output: before = [] } = previous;
  const { output: sent = before } = next;
  const isLeftOut = sent.some(isGinnelsOutput) ? saysNeed : isGinnelsOutput;
  const known = sent.some(saysNeed) ? [] : before.filter(isLeftOut);
  const output = known.length === 0 ? sent : inOrderOf(before, [...sent, ...known]);
  const meant = saysNoOutcome(previous, next, output) ? [...output, outcomeUnknown] : output;
  return meant.length === 0 ? undefined : meant;
}

function isGinnelsOutput({ type }: TaskOutput): boolean {
  return type.coding?.some(({ system }) => system === taskOutputSystem) === true;
}

function saysNeed({ type }: TaskOutput): boolean {
  return hasCode(type, taskOutputSystem, 'need-met');
}

/** What is there stands where it stood, so that the same told again is the same. */
function inOrderOf(before: readonly TaskOutput[], outputs: readonly TaskOutput[]): TaskOutput[] {
  const isAmong = (one: TaskOutput, others: readonly TaskOutput[]) => others.some((it) => isDeepStrictEqual(one, it));
  return [...before.filter((one) => isAmong(one, outputs)), ...outputs.filter((one) => !isAmong(one, before))];
}

function sameReference(
  previous: Task,
  next: Task,
  element: (typeof references)[number],
): [string, Reference | undefined][] {
  const [before, after] = [previous[element], next[element]];
  const isSame = before?.reference !== undefined && before.reference === after?.reference;
  return isSame ? [[element, before]] : [];
}

function sameReason({ statusReason: before }: Task, { statusReason: said }: Task): Pick<Task, 'statusReason'> {
  const statusReason = reasonMeant(before, said);
  return statusReason ? { statusReason } : {};
}

function isFulfilment({ code }: Task): boolean {
  return hasCode(code, fulfil.system ?? '', fulfil.code ?? '');
}

/** The sender's own names for its one Task, on a part that has none of them: the referral's own Task bears them. */
function isOwnMerely(previous: Task, next: Task): boolean {
  const isOneTask = previous.partOf !== undefined && next.partOf === undefined;
  return isOneTask && previous.identifier === undefined && next.identifier?.every(isNotOurs) === true;
}

function isNotOurs({ system }: Identifier): boolean {
  return system?.startsWith(base) !== true;
}

/** What is not said is not made up: that nobody said it is kept. */
export const outcomeUnknown: TaskOutput = {
  type: { coding: [{ system: taskOutputSystem, code: 'need-met' }] },
  _valueCode: {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
  },
};

function saysNoOutcome(previous: Task, next: Task, output: readonly TaskOutput[]): boolean {
  const ends = next.status === 'completed' && previous.status !== 'completed';
  return ends && businessStatusOf(next) === undefined && !output.some(saysNeed);
}
