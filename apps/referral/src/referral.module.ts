import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Platform, Service, type ServiceDefinition, ServiceModule } from '#service';
import { AppointmentWrites } from './api/appointment.writes.js';
import { ConsentWrites } from './api/consent.writes.js';
import { CommunicationWrites, EncounterWrites } from './api/contact.writes.js';
import { ContactLogOperation } from './api/contact-log.operation.js';
import { MatchOperation } from './api/identity/match.operation.js';
import { TraceOperation } from './api/identity/trace.operation.js';
import { MessageContentOperation } from './api/message-content.operation.js';
import { MessageResendOperation } from './api/message-resend.operation.js';
import { PatientWrites } from './api/patient.writes.js';
import { PlaceQuestion } from './api/place-question.js';
import { ProcessMessageOperation } from './api/process-message.operation.js';
import { RecordAttendanceOperation } from './api/record-attendance.operation.js';
import { recordTypes, RecordWrites } from './api/record.writes.js';
import { ServiceRequestWrites } from './api/service-request.writes.js';
import { taskCodes, taskOperations, taskTurnOperations } from './api/task-operations/index.js';
import { TaskWrites } from './api/task.writes.js';
import { OnDeathTold } from './events/on-death-told.js';
import { OnMessageTried } from './events/on-message-tried.js';
import { OnOutcomeReady } from './events/on-outcome-ready.js';
import { OnQuestionnaireCompleted } from './events/on-questionnaire-completed.js';
import { OnPatientDied } from './events/on-patient-died.js';
import { OnPatientKnown } from './events/on-patient-known.js';
import { OnReferralMistaken } from './events/on-referral-mistaken.js';
import { OnReferralMoved } from './events/on-referral-moved.js';
import { OnSubscriptionPaused } from './events/on-subscription-paused.js';
import { OnSummaryUnacknowledged } from './events/on-summary-unacknowledged.js';
import { OnTurnToTell } from './events/on-turn-to-tell.js';
import { ReferralClock } from './events/referral-clock.js';
import { PersonRegister } from './domain/identity/person-register.js';
import { FileRegister } from './store/file-register.js';
import { NoRegister } from './store/no-register.js';
import { erasureMigration } from './store/erasure-migration.js';
import { taskCodeMigration } from './store/task-code-migration.js';
import { AddProvider } from './use-cases/add-provider.js';
import { AnswersOfReferral } from './use-cases/answers-of-referral.js';
import { AskToMendSubscription } from './use-cases/ask-to-mend-subscription.js';
import { AskToChaseSummary } from './use-cases/ask-to-chase-summary.js';
import { SettleChase } from './use-cases/settle-chase.js';
import { BookAppointment } from './use-cases/book-appointment.js';
import { CompleteQuestionnaire } from './use-cases/complete-questionnaire.js';
import { DecideHold } from './use-cases/directory/decide-hold.js';
import { RidingRecords } from './use-cases/riding-records.js';
import { JudgeActivity } from './use-cases/directory/judge-activity.js';
import { ReservePlace } from './use-cases/directory/reserve-place.js';
import { NoteDelivery } from './use-cases/feedback/note-delivery.js';
import { ResendMessage } from './use-cases/feedback/resend-message.js';
import { ResponseFactsOf } from './use-cases/feedback/response-facts.js';
import { TellOutcome } from './use-cases/feedback/tell-outcome.js';
import { TellRequester } from './use-cases/feedback/tell-requester.js';
import { AbortTasks } from './use-cases/cancelling/abort-tasks.js';
import { AnswerCancellation } from './use-cases/cancelling/answer-cancellation.js';
import { AskCancellation } from './use-cases/cancelling/ask-cancellation.js';
import { ReopenQuestionnaire } from './use-cases/reopen-questionnaire.js';
import { ReopenReferral } from './use-cases/reopen-referral.js';
import { CancelReferral } from './use-cases/cancel-referral.js';
import { FollowRequest } from './use-cases/follow-request.js';
import { GiveOutQuestionnaires } from './use-cases/give-out-questionnaires.js';
import { JudgeConsent } from './use-cases/judge-consent.js';
import { KeepRecord } from './use-cases/keep-record.js';
import { MatchPatient } from './use-cases/identity/match-patient.js';
import { ProposeLinks } from './use-cases/identity/propose-links.js';
import { SettleLink } from './use-cases/identity/settle-link.js';
import { TracePerson } from './use-cases/identity/trace-person.js';
import { LastAnswer } from './use-cases/messages/last-answer.js';
import { LinkMessage } from './use-cases/messages/link-message.js';
import { BookByMessage } from './use-cases/messages/book-by-message.js';
import { CancelByMessage } from './use-cases/messages/cancel-by-message.js';
import { KnownMessage } from './use-cases/messages/known-message.js';
import { NamedRecords } from './use-cases/messages/named-records.js';
import { MessageTurns } from './use-cases/messages/message-turns.js';
import { TellMessages } from './use-cases/messages/tell-messages.js';
import { RepeatedParts } from './use-cases/messages/repeated-parts.js';
import { TakeResponse } from './use-cases/messages/take-response.js';
import { UpdateByMessage } from './use-cases/messages/update-by-message.js';
import { AskedQuestionnaires } from './use-cases/asked-questionnaires.js';
import { AdoptTask } from './use-cases/adopt-task.js';
import { UpdateTask } from './use-cases/update-task.js';
import { MoveTask } from './use-cases/move-task.js';
import { MakeTask } from './use-cases/make-task.js';
import { MoveParts } from './use-cases/move-parts.js';
import { NarrowReferral } from './use-cases/narrow-referral.js';
import { NameSuccessor } from './use-cases/effects/name-successor.js';
import { SetDeadlines } from './use-cases/effects/set-deadlines.js';
import { TurnEffects } from './use-cases/effects/turn-effects.js';
import { NameDuplicate } from './use-cases/name-duplicate.js';
import { OpenReferral } from './use-cases/open-referral.js';
import { PlanPart } from './use-cases/plan-part.js';
import { SendFirstPart } from './use-cases/send-first-part.js';
import { ProviderDirectory } from './use-cases/provider-directory.js';
import { ListContacts } from './use-cases/contacts/list-contacts.js';
import { JudgeContact } from './use-cases/contacts/judge-contact.js';
import { RecordAttendance } from './use-cases/record-attendance.js';
import { RecordContact } from './use-cases/record-contact.js';
import { RecallReferral } from './use-cases/recall-referral.js';
import { ReferralReaders } from './use-cases/referral-readers.js';
import { ReferralTasks } from './use-cases/referral-tasks.js';
import { SeenReferences } from './use-cases/seen-references.js';
import { SettleDeadlines } from './use-cases/settle-deadlines.js';
import { ShareReferral } from './use-cases/share-referral.js';
import { RecognisePatient } from './use-cases/recognise-patient.js';
import { StoreMessage } from './use-cases/store-message.js';
import { TakeBackRequest } from './use-cases/take-back-request.js';
import { TellDeath } from './use-cases/tell-death.js';
import { TakeMessage } from './use-cases/take-message.js';

export const referralService: ServiceDefinition = {
  name: 'referral',
  follows: ['HealthcareService', 'Organization', 'PractitionerRole', 'Slot'],
  // A BaRS message keeps what it brought for other services in a Bundle; who closed a ServiceRequest stands in a Provenance.
  keeps: ['Provenance', 'Bundle'],
  migrations: [erasureMigration, taskCodeMigration],
};

const writes = [
  ServiceRequestWrites,
  TaskWrites,
  PatientWrites,
  EncounterWrites,
  CommunicationWrites,
  AppointmentWrites,
  ConsentWrites,
];
const operations = [
  ContactLogOperation,
  MatchOperation,
  TraceOperation,
  MessageContentOperation,
  MessageResendOperation,
  ProcessMessageOperation,
  RecordAttendanceOperation,
  ...taskOperations,
];
const handlers = [
  OnDeathTold,
  OnReferralMistaken,
  OnReferralMoved,
  OnMessageTried,
  OnOutcomeReady,
  OnPatientDied,
  OnPatientKnown,
  OnQuestionnaireCompleted,
  OnSubscriptionPaused,
  OnSummaryUnacknowledged,
  OnTurnToTell,
];
const useCases = [
  AskToChaseSummary,
  SettleChase,
  AbortTasks,
  AddProvider,
  AnswerCancellation,
  AnswersOfReferral,
  AskCancellation,
  AskToMendSubscription,
  BookAppointment,
  CancelReferral,
  AskedQuestionnaires,
  CompleteQuestionnaire,
  DecideHold,
  FollowRequest,
  GiveOutQuestionnaires,
  RidingRecords,
  JudgeActivity,
  JudgeConsent,
  JudgeContact,
  KeepRecord,
  LastAnswer,
  LinkMessage,
  ListContacts,
  MatchPatient,
  ProposeLinks,
  SettleLink,
  TracePerson,
  BookByMessage,
  CancelByMessage,
  KnownMessage,
  NamedRecords,
  MessageTurns,
  RepeatedParts,
  TakeResponse,
  TellMessages,
  UpdateByMessage,
  AdoptTask,
  UpdateTask,
  MoveTask,
  MakeTask,
  MoveParts,
  NameSuccessor,
  NarrowReferral,
  NoteDelivery,
  RecallReferral,
  NameDuplicate,
  SendFirstPart,
  OpenReferral,
  PlanPart,
  ProviderDirectory,
  RecordAttendance,
  RecordContact,
  ReopenQuestionnaire,
  ReopenReferral,
  ReservePlace,
  ReferralReaders,
  ReferralTasks,
  ResendMessage,
  ResponseFactsOf,
  SeenReferences,
  ReferralClock,
  SetDeadlines,
  SettleDeadlines,
  ShareReferral,
  RecognisePatient,
  StoreMessage,
  TakeBackRequest,
  TakeMessage,
  TurnEffects,
  TellDeath,
  TellOutcome,
  TellRequester,
  ...taskCodes,
];

/** Of people: a file where the deployment names one. */
const register = {
  provide: PersonRegister,
  useFactory: ({ settings: { registerFile } }: Platform) =>
    registerFile === undefined ? new NoRegister() : new FileRegister(registerFile),
  inject: [Platform],
};

@Module({
  imports: [ServiceModule.of(referralService)],
  controllers: [PlaceQuestion],
  providers: [...writes, ...operations, ...handlers, ...useCases, register],
})
export class ReferralModule {
  constructor(service: Service, moduleRef: ModuleRef, keepRecord: KeepRecord) {
    service.wire(moduleRef, {
      writes,
      operations,
      messages: TellMessages,
      moreOperations: taskTurnOperations(service),
      handlers,
      moreWrites: recordTypes.map((type) => new RecordWrites(type, keepRecord)),
    });
  }
}
