import type { CodeableConcept, Encounter, Extension, Task } from 'fhir/r4';
import { isSystem, isUseCase, type ReferralMessage, vcseUseCase } from './bars/index.js';
import {
  base,
  businessStatus,
  type BusinessStatus,
  businessStatusOf,
  hasCode,
  occurredAtExtension,
  rejectedReasons,
  rejectedReasonSystem,
  taskOutputSystem,
} from './codes.js';
import { besideContained, containing } from './contained.js';
import { withExtensions } from './extensions.js';
import { outcomeUnknown } from './plain-task.js';
import { isEnd } from './state-before.js';
import { becauseOf } from './status-reasons.js';
import { type NoteWriter, notesOf } from './task-notes.js';

/** https://fhir.nhs.uk/CodeSystem/rejected-reasons-bars, of application 6, in the words that a Task has for them. */
const rejectedReasonsSystem = 'https://fhir.nhs.uk/CodeSystem/rejected-reasons-bars';
const nearest: Readonly<Record<string, string>> = {
  RRNA: rejectedReasons.capacity,
  FC: rejectedReasons.couldNotBeContacted,
  OTH: rejectedReasons.other,
};

/**
 * The provider's Task as its servicerequest-response wishes it; undefined where the response says nothing new of the work and
 * is history alone. A response of our own use case says it by a Task; BaRS' own by ServiceRequest.status and the Encounter
 * that they give the receiver. `said` is the Task of the message, its references settled. Throws where a note of it is in the
 * name of another organisation than `author`, who answers.
 */
export function taskWishedBy(
  message: ReferralMessage,
  part: Task,
  { said, ...writer }: { said?: Task | undefined } & NoteWriter,
): Task | undefined {
  const { now } = writer;
  if (said !== undefined && speaksOfTheWork(message, said)) return asSaid(part, said, writer);
  if (message.category === 'referral' && message.serviceRequest.status === 'revoked') return missed(part, now);
  const encounter = message.receiversEncounter;
  return encounter && readings[encounter.status]?.({ message, now }, part, encounter);
}

/** Elsewhere in BaRS a Task is the service that was asked for, and says nothing of how it goes. */
function speaksOfTheWork({ useCase }: ReferralMessage, said: Task): boolean {
  return isUseCase(useCase, vcseUseCase) || businessStatusOf(said) !== undefined;
}

function asSaid(part: Task, sent: Task, writer: NoteWriter): Task {
  const said = besideContained(sent, part.contained);
  const { status, businessStatus: business, statusReason, executionPeriod, output = [], extension = [] } = said;
  const own = extension.filter(({ url }) => url.startsWith(`${base}/StructureDefinition/`));
  const task: Task = {
    ...part,
    status,
    ...(business ? { businessStatus: business } : {}),
    ...(statusReason ? { statusReason } : {}),
    ...(executionPeriod ? { executionPeriod: { ...part.executionPeriod, ...executionPeriod } } : {}),
    ...listed('output', [
      ...(part.output ?? []).filter((one) => !output.some((other) => isSameType(one, other))),
      ...output,
    ]),
    ...listed('note', notesOf(part, said, writer)),
    ...listed('extension', merged(part.extension ?? [], own)),
  };
  return containing(task, part.contained, said.contained);
}

/** The person did not come: the safeguarding feedback of application 1. Said once more, it is another session that was missed. */
function missed(part: Task, now: Date): Task {
  const status = part.status === 'in-progress' ? 'in-progress' : 'accepted';
  const task: Task = { ...part, status, businessStatus: businessStatus('dna') };
  if (businessStatusOf(part) !== 'dna') return task;
  return withExtensions(task, occurredAtExtension, [{ url: occurredAtExtension, valueDateTime: now.toISOString() }]);
}

type Reading = (told: { message: ReferralMessage; now: Date }, part: Task, encounter: Encounter) => Task | undefined;

/** What the receiver's Encounter says of the work, by its status. */
const readings: Partial<Record<Encounter['status'], Reading>> = {
  planned: (_told, part) => seen(part),
  arrived: (_told, part) => seen(part),
  triaged: ({ message }, part) => (message.category === 'validation' ? done(part) : taken(part)),
  'in-progress': (_told, part, encounter) => started(part, encounter),
  finished: (_told, part) => done(part),
  cancelled: ({ now }, part, encounter) => refused(part, encounter, now),
};

function seen(part: Task): Task | undefined {
  return part.status === 'requested' ? turned(part, 'received', 'acknowledged') : undefined;
}

function taken(part: Task): Task | undefined {
  return isBefore(part, 'accepted') ? turned(part, 'accepted', 'accepted') : undefined;
}

const order: readonly Task['status'][] = ['requested', 'received', 'accepted', 'in-progress'];

function isBefore({ status }: Task, reached: Task['status']): boolean {
  return order.includes(status) && order.indexOf(status) < order.indexOf(reached);
}

function started(part: Task, { period }: Encounter): Task | undefined {
  if (!isBefore(part, 'in-progress')) return undefined;
  const start = period?.start;
  return {
    ...turned(part, 'in-progress', 'started'),
    ...(start === undefined ? {} : { executionPeriod: { ...part.executionPeriod, start } }),
  };
}

/** It is done; BaRS has no words for what came of it, and what nobody said is not made up. */
function done(part: Task): Task {
  const { output = [] } = part;
  const says = output.some(({ type }) => hasCode(type, taskOutputSystem, 'need-met'));
  return { ...turned(part, 'completed', 'completed'), output: says ? output : [...output, outcomeUnknown] };
}

/** Where the requester asked to cancel it, that is confirmed. Before the work began it is a refusal, afterwards the provider withdraws. */
function refused(part: Task, { reasonCode = [] }: Encounter, now: Date): Task | undefined {
  if (isEnd(part.status)) return undefined;
  if (businessStatusOf(part) === 'cancel-requested') {
    return becauseOf(turned(part, 'cancelled', 'cancelled-by-requester'), reasonCode[0]);
  }
  const statusReason = reasonOf(reasonCode[0]);
  if (isBefore(part, 'accepted')) {
    const isFull = hasCode(statusReason, rejectedReasonSystem, rejectedReasons.capacity);
    return { ...turned(part, 'rejected', isFull ? 'capacity-full' : 'rejected'), statusReason };
  }
  const text = statusReason.text ?? 'The provider ended it by a message.';
  const author = part.owner ? { authorReference: part.owner } : {};
  const note = [...(part.note ?? []), { ...author, time: now.toISOString(), text }];
  return { ...turned(part, 'cancelled', 'withdrawn-by-provider'), statusReason, note };
}

/** The reason as it was sent, with the code of the directory's rejections beside it. */
function reasonOf(sent: CodeableConcept = {}): CodeableConcept {
  const { coding = [] } = sent;
  if (coding.some(({ system }) => isSystem(system, rejectedReasonSystem))) return sent;
  const own = coding.find(({ system }) => isSystem(system, rejectedReasonsSystem))?.code ?? '';
  const code = nearest[own] ?? rejectedReasons.other;
  return { ...sent, coding: [...coding, { system: rejectedReasonSystem, code }] };
}

function turned(part: Task, status: Task['status'], business: BusinessStatus): Task {
  return { ...part, status, businessStatus: businessStatus(business) };
}

function isSameType(one: { type: CodeableConcept }, other: { type: CodeableConcept }): boolean {
  const code = one.type.coding?.find(({ system }) => system === taskOutputSystem)?.code;
  return code !== undefined && hasCode(other.type, taskOutputSystem, code);
}

/** What is said anew takes the place of what was said before. */
function merged(before: readonly Extension[], said: readonly Extension[]): Extension[] {
  return [...before.filter(({ url }) => !said.some((one) => one.url === url)), ...said];
}

function listed<Name extends string, Item>(name: Name, items: Item[]): Partial<Record<Name, Item[]>> {
  return items.length === 0 ? {} : ({ [name]: items } as Record<Name, Item[]>);
}
