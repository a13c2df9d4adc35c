import type { Bundle } from 'fhir/r4';
import { FhirError, isFault, type Issue } from '#fhir';
import { httpErrorCodeSystem, type BarsErrorCode } from './codes.js';
import { type AnswerNames, answerNamesOf } from './answer-names.js';
import {
  appointmentNamesOf,
  openMessage,
  requestNamesOf,
  type ResourceNames,
  slotOf,
  type Message,
} from './message.js';
import { type MessageContext, type ServiceAddress } from './message-context.js';
import { serviceAddressOf } from './service-address.js';
import { kindOf, type MessageKind } from './workflow.js';
import { acceptedVersionIsOurs } from './rules/accepted-version-is-ours.rule.js';
import { answerFitsTheWorkflow } from './rules/answer-fits-the-workflow.rule.js';
import { answerIsOfOneReferral } from './rules/answer-is-of-one-referral.rule.js';
import { answeredMessageIsKnown } from './rules/answered-message-is-known.rule.js';
import { appointmentIsKnown, appointmentIsOpen } from './rules/appointment-is-open.rule.js';
import { applicationVersionIsGiven } from './rules/application-version-is-given.rule.js';
import { applicationVersionIsSupported } from './rules/application-version-is-supported.rule.js';
import { assessmentFitsTheWorkflow } from './rules/assessment-fits-the-workflow.rule.js';
import { bundleIsAMessage } from './rules/bundle-is-a-message.rule.js';
import { categoryIsComplete } from './rules/category-is-complete.rule.js';
import { categoryIsTheOneKnown } from './rules/category-is-the-one-known.rule.js';
import { categoryIsTakenByTheService } from './rules/category-is-taken-by-the-service.rule.js';
import { definitionIsKnown } from './rules/definition-is-known.rule.js';
import { destinationIsAService } from './rules/destination-is-a-service.rule.js';
import { destinationIsKnown } from './rules/destination-is-known.rule.js';
import { eventIsImplemented } from './rules/event-is-implemented.rule.js';
import { eventIsKnown } from './rules/event-is-known.rule.js';
import { focusIsInTheMessage } from './rules/focus-is-in-the-message.rule.js';
import { messageHeaderIsFirst } from './rules/message-header-is-first.rule.js';
import { messageSatisfiesItsDefinition } from './rules/message-satisfies-its-definition.rule.js';
import { nhsNumbersPassTheirCheck } from './rules/nhs-numbers-pass-their-check.rule.js';
import { patientCanBeReached } from './rules/patient-can-be-reached.rule.js';
import { patientIsTheOneKnown } from './rules/patient-is-the-one-known.rule.js';
import { reasonIsKnown } from './rules/reason-is-known.rule.js';
import { referencesResolve } from './rules/references-resolve.rule.js';
import { requestIdsAreUuids } from './rules/request-ids-are-uuids.rule.js';
import { responseNamesItsRequest } from './rules/response-names-its-request.rule.js';
import { senderCanBeAnswered } from './rules/sender-can-be-answered.rule.js';
import { serviceRequestFitsItsProfile } from './rules/service-request-fits-its-profile.rule.js';
import { serviceRequestIsKnown } from './rules/service-request-is-known.rule.js';
import { serviceRequestIsOpen } from './rules/service-request-is-open.rule.js';
import { serviceRequestIsSingle } from './rules/service-request-is-single.rule.js';
import { slotIsFree, slotIsKnown } from './rules/slot-is-free.rule.js';
import { snomedCodesPassTheirCheck } from './rules/snomed-codes-pass-their-check.rule.js';
import { subjectIsThePatient } from './rules/subject-is-the-patient.rule.js';
import { targetIdentifierIsReadable } from './rules/target-identifier-is-readable.rule.js';
import { workflowIsKnown } from './rules/workflow-is-known.rule.js';

export interface Accepted {
  accepted: true;
  kind: MessageKind;
  warnings: readonly Issue[];
}

export interface Refused {
  accepted: false;
  status: number;
  code: BarsErrorCode;
  /** Each with the BaRS code in details.coding. */
  issues: readonly Issue[];
}

export type Verdict = Accepted | Refused;

/** What must be looked up before the message is judged. */
export interface Lookups {
  service?: ServiceAddress | undefined;
  answeredMessageId?: string | undefined;
  answerNames?: AnswerNames | undefined;
  serviceRequest?: ResourceNames | undefined;
  slotId?: string | undefined;
  /** The one that is cancelled. */
  appointment?: ResourceNames | undefined;
}

/** Headers and envelope only: to be judged before the structure, so that what is no message at all is told so. */
export function judgeEnvelope(received: unknown, context: Pick<MessageContext, 'headers'>): Refused | undefined {
  return judge(envelopeStages, received, context).refused;
}

/** Judges a body of $process-message by the Booking and Referral Standard. Base FHIR structure is judged before. */
export function judgeMessage(received: unknown, context: MessageContext): Verdict {
  const before = judge(envelopeStages, received, context);
  if (before.refused !== undefined) return before.refused;
  const bundle = received as Bundle;
  const message = openMessage(bundle);
  if (message === undefined) return refuse(badRequest, messageHeaderIsFirst(bundle));
  const { refused, warnings } = judge(messageStages, message, context);
  const kind = kindOf(message);
  if (refused !== undefined) return refused;
  return kind === undefined
    ? refuse(badRequest, workflowIsKnown(message))
    : { accepted: true, kind, warnings: [...before.warnings, ...warnings] };
}

/** Which service, message and ServiceRequest a body of sound structure speaks of; nothing where it is no message. */
export function lookupsFor(received: unknown, baseUrl?: string): Lookups {
  const message = bundleIsAMessage(received).length === 0 ? openMessage(received as Bundle) : undefined;
  if (message === undefined) return {};
  const header = message.header.resource;
  const answerNames = answerNamesOf(message);
  return {
    service: serviceAddressOf(header.destination?.[0]?.endpoint),
    answeredMessageId: answerNames && header.response?.identifier,
    answerNames,
    serviceRequest: requestNamesOf(message, baseUrl),
    slotId: slotOf(message)?.id,
    appointment: kindOf(message) === 'booking-cancellation' ? appointmentNamesOf(message) : undefined,
  };
}

/** The refusal as the error that the FHIR server answers with. */
export function refusalOf({ status, issues }: Refused): FhirError {
  return new FhirError(issues, { status });
}

/** An issue of any other rule on a BaRS route, such as one of the structure, with its BaRS code. */
export function withBarsCode(issue: Issue, code: BarsErrorCode): Issue {
  return { ...issue, details: { coding: [{ system: httpErrorCodeSystem, code }] } };
}

type Rule<Judged, Context> = (judged: Judged, context: Context) => Issue[];

interface Answer {
  status: number;
  code: BarsErrorCode;
}

interface Stage<Judged, Context = MessageContext> extends Answer {
  rules: readonly Rule<Judged, Context>[];
}

const badRequest: Answer = { status: 400, code: 'REC_BAD_REQUEST' };

const envelopeStages: readonly Stage<unknown, Pick<MessageContext, 'headers'>>[] = [
  { ...badRequest, rules: [requestIdsAreUuids, targetIdentifierIsReadable] },
  { status: 406, code: 'REC_NOT_ACCEPTABLE', rules: [acceptedVersionIsOurs] },
  { ...badRequest, rules: [bundleIsAMessage] },
];

/**
 * The first stage with a fault answers, with all its faults. What the message says of itself comes before what it
 * addresses, that before its content, and its content before what is stored here: a message that is wrong in
 * itself is wrong wherever it is sent, and a 404 means that only the target was missing.
 */
const messageStages: readonly Stage<Message>[] = [
  { ...badRequest, rules: [({ bundle }) => messageHeaderIsFirst(bundle), eventIsKnown] },
  { status: 501, code: 'REC_NOT_IMPLEMENTED', rules: [eventIsImplemented] },
  {
    ...badRequest,
    rules: [
      reasonIsKnown,
      destinationIsAService,
      senderCanBeAnswered,
      definitionIsKnown,
      responseNamesItsRequest,
      serviceRequestIsSingle,
      focusIsInTheMessage,
    ],
  },
  { status: 404, code: 'REC_NOT_FOUND', rules: [destinationIsKnown, answeredMessageIsKnown] },
  { ...badRequest, rules: [categoryIsComplete] },
  {
    status: 422,
    code: 'REC_UNPROCESSABLE_ENTITY',
    rules: [categoryIsTakenByTheService, applicationVersionIsSupported],
  },
  {
    ...badRequest,
    rules: [
      workflowIsKnown,
      assessmentFitsTheWorkflow,
      answerFitsTheWorkflow,
      messageSatisfiesItsDefinition,
      serviceRequestFitsItsProfile,
      subjectIsThePatient,
      referencesResolve,
      applicationVersionIsGiven,
      nhsNumbersPassTheirCheck,
      snomedCodesPassTheirCheck,
      patientCanBeReached,
    ],
  },
  { status: 404, code: 'REC_NOT_FOUND', rules: [serviceRequestIsKnown, slotIsKnown, appointmentIsKnown] },
  { ...badRequest, rules: [categoryIsTheOneKnown] },
  {
    status: 409,
    code: 'REC_CONFLICT',
    rules: [patientIsTheOneKnown, answerIsOfOneReferral, serviceRequestIsOpen, slotIsFree, appointmentIsOpen],
  },
];

function judge<Judged, Context>(
  stages: readonly Stage<Judged, Context>[],
  judged: Judged,
  context: Context,
): { refused?: Refused; warnings: Issue[] } {
  const warnings: Issue[] = [];
  for (const stage of stages) {
    const issues = stage.rules.flatMap((rule) => rule(judged, context));
    const faults = issues.filter(isFault);
    if (faults.length > 0) return { refused: refuse(stage, faults), warnings };
    warnings.push(...issues);
  }
  return { warnings };
}

function refuse({ status, code }: Answer, faults: readonly Issue[]): Refused {
  return { accepted: false, status, code, issues: faults.map((fault) => withBarsCode(fault, code)) };
}
