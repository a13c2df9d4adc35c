import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { AcknowledgeSummaryOperation } from './api/acknowledge-summary.operation.js';
import { AllOutcomesWrites } from './api/all-outcomes-writes.js';
import { DocumentOperation } from './api/document.operation.js';
import { EvaluateMeasureOperation } from './api/evaluate-measure.operation.js';
import { EvaluationOperation } from './api/evaluation.operation.js';
import { SummaryDeliveryOperation } from './api/summary-delivery.operation.js';
import { OnAnswersChanged } from './events/on-answers-changed.js';
import { OnPersonCorrected } from './events/on-person-corrected.js';
import { OnReferralMoved } from './events/on-referral-moved.js';
import { OnSummaryDue } from './events/on-summary-due.js';
import { SummaryClock } from './events/summary-clock.js';
import { deliveryChoiceMigration, summaryDueMigration, summaryTriesMigration } from './store/summary-migrations.js';
import { EvaluateProgramme } from './use-cases/evaluate-programme.js';
import { GatherRecord } from './use-cases/gather-record.js';
import { ProgrammeRows } from './use-cases/programme-rows.js';
import { Programmes } from './use-cases/programmes.js';
import { RecordAudience } from './use-cases/record-audience.js';
import { AcknowledgeSummary } from './use-cases/summaries/acknowledge-summary.js';
import { ChaseSummary } from './use-cases/summaries/chase-summary.js';
import { ChooseDelivery } from './use-cases/summaries/choose-delivery.js';
import { CorrectOutcomeSummary } from './use-cases/summaries/correct-outcome-summary.js';
import { CorrectSummariesOfPerson } from './use-cases/summaries/correct-summaries-of-person.js';
import { DeliveryChoices } from './use-cases/summaries/delivery-choices.js';
import { DoDueSummary } from './use-cases/summaries/do-due-summary.js';
import { DueSummaries } from './use-cases/summaries/due-summaries.js';
import { MakeOutcomeSummary } from './use-cases/summaries/make-outcome-summary.js';
import { NoteMilestones } from './use-cases/summaries/note-milestones.js';
import { ReachFirstScores } from './use-cases/summaries/reach-first-scores.js';
import { StoredSummaries } from './use-cases/summaries/stored-summaries.js';
import { SummaryFollowUp } from './use-cases/summaries/summary-follow-up.js';
import { TakeDueSummary } from './use-cases/summaries/take-due-summary.js';
import { WithdrawOutcomeSummary } from './use-cases/summaries/withdraw-outcome-summary.js';
import { WriteSummary } from './use-cases/summaries/write-summary.js';

export const outcomesService: ServiceDefinition = {
  name: 'outcomes',
  // What an evaluation reads, and no more: no copy names a person. A summary's parts are asked of their owners.
  follows: ['Task', 'QuestionnaireResponse', 'HealthcareService'],
  // For whom a summary was written.
  keeps: ['Provenance'],
  hanging: { types: ['DocumentReference', 'Composition'] },
  migrations: [summaryDueMigration, deliveryChoiceMigration, summaryTriesMigration],
};

const operations = [
  AcknowledgeSummaryOperation,
  DocumentOperation,
  EvaluationOperation,
  EvaluateMeasureOperation,
  SummaryDeliveryOperation,
];
const handlers = [OnReferralMoved, OnAnswersChanged, OnPersonCorrected, OnSummaryDue];
const summaries = [
  AcknowledgeSummary,
  ChaseSummary,
  ChooseDelivery,
  CorrectOutcomeSummary,
  CorrectSummariesOfPerson,
  DeliveryChoices,
  DoDueSummary,
  DueSummaries,
  MakeOutcomeSummary,
  NoteMilestones,
  ReachFirstScores,
  StoredSummaries,
  SummaryFollowUp,
  TakeDueSummary,
  WithdrawOutcomeSummary,
  WriteSummary,
];
const useCases = [EvaluateProgramme, GatherRecord, ProgrammeRows, Programmes, RecordAudience, ...summaries];

@Module({
  imports: [ServiceModule.of(outcomesService)],
  providers: [AllOutcomesWrites, ...operations, ...handlers, ...useCases, SummaryClock],
})
export class OutcomesModule {
  constructor(service: Service, moduleRef: ModuleRef, writes: AllOutcomesWrites) {
    service.wire(moduleRef, { operations, handlers, moreWrites: writes.each });
  }
}
