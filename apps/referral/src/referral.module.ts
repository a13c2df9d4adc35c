import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { AppointmentWrites } from './api/appointment.writes.js';
import { ConsentWrites } from './api/consent.writes.js';
import { CommunicationWrites, EncounterWrites } from './api/contact.writes.js';
import { PatientWrites } from './api/patient.writes.js';
import { ProcessMessageOperation } from './api/process-message.operation.js';
import { recordTypes, RecordWrites } from './api/record.writes.js';
import { ServiceRequestWrites } from './api/service-request.writes.js';
import { TaskWrites } from './api/task.writes.js';
import { OnQuestionnaireCompleted } from './events/on-questionnaire-completed.js';
import { OnReferralMoved } from './events/on-referral-moved.js';
import { erasureMigration } from './store/erasure-migration.js';
import { AddProvider } from './use-cases/add-provider.js';
import { AnswersOfReferral } from './use-cases/answers-of-referral.js';
import { BookAppointment } from './use-cases/book-appointment.js';
import { CompleteQuestionnaire } from './use-cases/complete-questionnaire.js';
import { GiveOutQuestionnaires } from './use-cases/give-out-questionnaires.js';
import { JudgeConsent } from './use-cases/judge-consent.js';
import { KeepRecord } from './use-cases/keep-record.js';
import { MoveTask } from './use-cases/move-task.js';
import { NarrowReferral } from './use-cases/narrow-referral.js';
import { OpenReferral } from './use-cases/open-referral.js';
import { ProviderDirectory } from './use-cases/provider-directory.js';
import { RecordContact } from './use-cases/record-contact.js';
import { ReferralTasks } from './use-cases/referral-tasks.js';
import { SeenReferences } from './use-cases/seen-references.js';
import { ShareReferral } from './use-cases/share-referral.js';
import { RecognisePatient } from './use-cases/recognise-patient.js';
import { StoreMessage } from './use-cases/store-message.js';
import { TakeMessage } from './use-cases/take-message.js';

export const referralService: ServiceDefinition = {
  name: 'referral',
  follows: ['HealthcareService', 'Organization', 'PractitionerRole', 'Slot'],
  // A BaRS message keeps what it brought for other services in a Bundle; who closed a ServiceRequest stands in a Provenance.
  keeps: ['Provenance', 'Bundle'],
  migrations: [erasureMigration],
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
const operations = [ProcessMessageOperation];
const handlers = [OnReferralMoved, OnQuestionnaireCompleted];
const useCases = [
  AddProvider,
  AnswersOfReferral,
  BookAppointment,
  CompleteQuestionnaire,
  GiveOutQuestionnaires,
  JudgeConsent,
  KeepRecord,
  MoveTask,
  NarrowReferral,
  OpenReferral,
  ProviderDirectory,
  RecordContact,
  ReferralTasks,
  SeenReferences,
  ShareReferral,
  RecognisePatient,
  StoreMessage,
  TakeMessage,
];

@Module({
  imports: [ServiceModule.of(referralService)],
  providers: [...writes, ...operations, ...handlers, ...useCases],
})
export class ReferralModule {
  constructor(service: Service, moduleRef: ModuleRef, keepRecord: KeepRecord) {
    service.wire(moduleRef, {
      writes,
      operations,
      handlers,
      moreWrites: recordTypes.map((type) => new RecordWrites(type, keepRecord)),
    });
  }
}
