import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { AllOutcomesWrites } from './api/all-outcomes-writes.js';
import { DocumentOperation } from './api/document.operation.js';
import { EvaluateMeasureOperation } from './api/evaluate-measure.operation.js';
import { EvaluationOperation } from './api/evaluation.operation.js';
import { OnAnswersChanged } from './events/on-answers-changed.js';
import { OnReferralCompleted } from './events/on-referral-completed.js';
import { EvaluateProgramme } from './use-cases/evaluate-programme.js';
import { GatherRecord } from './use-cases/gather-record.js';
import { MakeOutcomeSummary } from './use-cases/make-outcome-summary.js';
import { ProgrammeRows } from './use-cases/programme-rows.js';
import { Programmes } from './use-cases/programmes.js';
import { RecordAudience } from './use-cases/record-audience.js';

export const outcomesService: ServiceDefinition = {
  name: 'outcomes',
  // What an evaluation reads, and no more: no copy names a person. A summary's parts are asked of their owners.
  follows: ['Task', 'QuestionnaireResponse', 'HealthcareService'],
  // For whom a summary was written.
  keeps: ['Provenance'],
};

const operations = [DocumentOperation, EvaluationOperation, EvaluateMeasureOperation];
const handlers = [OnReferralCompleted, OnAnswersChanged];
const useCases = [EvaluateProgramme, GatherRecord, MakeOutcomeSummary, ProgrammeRows, Programmes, RecordAudience];

@Module({
  imports: [ServiceModule.of(outcomesService)],
  providers: [AllOutcomesWrites, ...operations, ...handlers, ...useCases],
})
export class OutcomesModule {
  constructor(service: Service, moduleRef: ModuleRef, writes: AllOutcomesWrites) {
    service.wire(moduleRef, { operations, handlers, moreWrites: writes.each });
  }
}
