// An operation on an instance of Task. https://hl7.org/fhir/R4/operations.html
import { Injectable } from '@nestjs/common';
import type { CodeableConcept, Communication, Encounter, Extension, Reference, Task } from 'fhir/r4';
import { FhirError, parseDateTime, parseJson } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  type OperationParameters,
  operationParametersOf,
} from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { Platform } from '#service';
import { contactDueExtension, readinessExtension, readinessSystem } from '../../domain/codes.js';
import {
  type Contact,
  contactLanguageExtension,
  contactResultExtension,
  contactResults,
  contactResultSystem,
  contactTaskExtension,
} from '../../domain/contact.js';
import { contactChannelSystem } from '../../domain/contact-attempts.js';
import { readinessColours } from '../../domain/readiness.js';
import { FindSession } from '../../use-cases/task-codes/find-session.js';
import { onOneTask } from './task-turn.operation.js';
import { occurredAt, optional, required } from './turn-parameters.js';

const written: readonly string[] = ['sms', 'email', 'letter'];
const minuteMs = 60_000;

/** A contact and the Task's turn in one: what is talked becomes an Encounter, what is written a Communication. */
@Injectable()
export class RecordContactOperation extends Operation {
  readonly definition: OperationDefinition = {
    ...onOneTask,
    code: 'record-contact',
    title: 'Record a contact',
    description:
      'A contact with the person, or an attempt. It is stored as an Encounter (phone, video, visit, other) or a Communication (sms, email, letter), and the Task has its latest readiness, in one commit.',
    parameters: [
      ...[
        required('channel', 'code', 'phone, video, visit, sms, email, letter or other.'),
        optional('result', 'code', `${contactResults.join(', ')}; reached where readiness is given.`),
        optional(
          'readiness',
          'code',
          `${readinessColours.join(', ')}: how ready the person is, where they were reached.`,
        ),
        optional(
          'readinessReason',
          'string',
          'Why they are as ready as they are, or what makes it unsafe; demanded with red.',
        ),
        optional('minutes', 'positiveInt', 'How long it was.'),
        optional('worker', 'Reference', 'Who made it: Practitioner or PractitionerRole.'),
        optional('helper', 'Reference', 'With whose help: RelatedPerson, Practitioner or PractitionerRole.'),
        optional('language', 'code', 'In which language, of BCP 47.'),
        optional('nextContact', 'date', 'When the next one is agreed for; demanded with yellow.'),
        occurredAt,
      ].map((parameter) => ({ ...parameter, use: 'in' as const })),
      {
        name: 'return',
        use: 'out',
        min: 1,
        max: '1',
        type: 'Any',
        documentation: 'The contact: Encounter or Communication.',
      },
    ],
  };

  constructor(
    private readonly platform: Platform,
    private readonly store: FhirStore,
    private readonly findSession: FindSession,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const given = operationParametersOf(request, this.definition);
    const acting = await this.findSession.execute(request);
    const stored = await this.store.read('Task', acting.id ?? '', acting.caller.audience);
    if (!stored || stored.deleted)
      throw FhirError.of('not-found', 'There is no Task at this address that you may see.');
    const contact = contactOf(parseJson(stored.content) as Task, given, acting.now);
    return this.platform.fhirServer.create(acting, contact);
  }
}

function contactOf(task: Task, given: OperationParameters, now: Date): Contact {
  const channel = given.value('channel', 'Code') ?? 'other';
  const at = given.value('occurredAt', 'DateTime') ?? now.toISOString();
  const common = {
    ...(task.for ? { subject: task.for } : {}),
    ...(task.focus ? { basedOn: [task.focus] } : {}),
    extension: extensionsIn(given, task),
  };
  const by: CodeableConcept[] = [{ coding: [{ system: contactChannelSystem, code: channel }] }];
  return written.includes(channel)
    ? { ...writtenContact(task, given), ...common, medium: by, sent: at }
    : { ...talk(task, given, at), ...common, type: by };
}

function talk(task: Task, given: OperationParameters, start: string): Encounter {
  const minutes = given.value('minutes', 'PositiveInt');
  const end = new Date(parseDateTime(start) + (minutes ?? 0) * minuteMs).toISOString();
  const people = [given.value('worker', 'Reference'), given.value('helper', 'Reference')];
  const participant = people.flatMap((individual) => (individual ? [{ individual }] : []));
  const isVisit = given.value('channel', 'Code') === 'visit';
  return {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: isVisit ? 'HH' : 'VR' },
    period: { start, ...(minutes === undefined ? {} : { end }) },
    ...(participant.length === 0 ? {} : { participant }),
    ...(task.owner ? { serviceProvider: task.owner } : {}),
  };
}

function writtenContact(task: Task, given: OperationParameters): Communication {
  const sender = given.value('worker', 'Reference') ?? task.owner;
  const recipient: Reference[] = [task.for, given.value('helper', 'Reference')].flatMap((one) => one ?? []);
  return {
    resourceType: 'Communication',
    status: 'completed',
    ...(sender ? { sender } : {}),
    ...(recipient.length === 0 ? {} : { recipient }),
  };
}

function extensionsIn(given: OperationParameters, { id = '' }: Task): Extension[] {
  const [readiness, next] = [given.value('readiness', 'Code'), given.value('nextContact', 'Date')];
  const result = given.value('result', 'Code') ?? (readiness === undefined ? undefined : 'reached');
  const language = given.value('language', 'Code');
  const reason = given.value('readinessReason', 'String');
  const concept = (system: string, code: string, text?: string) => ({
    valueCodeableConcept: { coding: [{ system, code }], ...(text === undefined ? {} : { text }) },
  });
  return [
    { url: contactTaskExtension, valueReference: { reference: `Task/${id}` } },
    ...(readiness === undefined ? [] : [{ url: readinessExtension, ...concept(readinessSystem, readiness, reason) }]),
    ...(result === undefined ? [] : [{ url: contactResultExtension, ...concept(contactResultSystem, result) }]),
    ...(language === undefined ? [] : [{ url: contactLanguageExtension, valueCode: language }]),
    ...(next === undefined ? [] : [{ url: contactDueExtension, valueDate: next }]),
  ];
}
