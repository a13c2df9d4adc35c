import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { AllDefinitionWrites } from './api/all-definition-writes.js';
import { CodeSystemLookupOperation } from './api/code-system-lookup.operation.js';
import { CodeSystemSubsumesOperation } from './api/code-system-subsumes.operation.js';
import { CodeSystemValidateCodeOperation } from './api/code-system-validate-code.operation.js';
import { ObservationWrites } from './api/observation.writes.js';
import { QuestionnaireResponseWrites } from './api/questionnaire-response.writes.js';
import { ValueSetExpandOperation } from './api/value-set-expand.operation.js';
import { ValueSetValidateCodeOperation } from './api/value-set-validate-code.operation.js';
import { OnMessageReceived } from './events/on-message-received.js';
import { FindCodeSystem } from './use-cases/find-code-system.js';
import { FindValueSet } from './use-cases/find-value-set.js';
import { Instruments } from './use-cases/instruments.js';
import { KeepMessageParts } from './use-cases/keep-message-parts.js';
import { KnownTerminology } from './use-cases/known-terminology.js';
import { ListStoredCodes } from './use-cases/list-stored-codes.js';
import { OnlyAuthor } from './use-cases/only-author.js';
import { ReferralOfResponse } from './use-cases/referral-of-response.js';
import { TakeResponse } from './use-cases/take-response.js';

export const questionnaireService: ServiceDefinition = {
  name: 'questionnaire',
  follows: ['ServiceRequest'],
  // Whose message brought what was kept.
  keeps: ['Provenance'],
  hanging: { types: ['QuestionnaireResponse', 'Observation'] },
};

const writes = [ObservationWrites, QuestionnaireResponseWrites];
const operations = [
  CodeSystemLookupOperation,
  CodeSystemSubsumesOperation,
  CodeSystemValidateCodeOperation,
  ValueSetExpandOperation,
  ValueSetValidateCodeOperation,
];
const handlers = [OnMessageReceived];
const useCases = [
  FindCodeSystem,
  FindValueSet,
  KnownTerminology,
  Instruments,
  KeepMessageParts,
  ListStoredCodes,
  OnlyAuthor,
  ReferralOfResponse,
  TakeResponse,
];

@Module({
  imports: [ServiceModule.of(questionnaireService)],
  providers: [AllDefinitionWrites, ...writes, ...operations, ...handlers, ...useCases],
})
export class QuestionnaireModule {
  constructor(service: Service, moduleRef: ModuleRef, definitions: AllDefinitionWrites) {
    service.wire(moduleRef, {
      writes,
      operations,
      handlers,
      moreWrites: definitions.each,
      storedCodes: ListStoredCodes,
    });
  }
}
