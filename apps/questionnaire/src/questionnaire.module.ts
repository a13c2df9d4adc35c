import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { ObservationWrites } from './api/observation.writes.js';
import { QuestionnaireResponseWrites } from './api/questionnaire-response.writes.js';
import { OnMessageReceived } from './events/on-message-received.js';
import { Instruments } from './use-cases/instruments.js';
import { KeepMessageParts } from './use-cases/keep-message-parts.js';
import { OnlyAuthor } from './use-cases/only-author.js';
import { ReferralOfResponse } from './use-cases/referral-of-response.js';
import { TakeResponse } from './use-cases/take-response.js';

export const questionnaireService: ServiceDefinition = { name: 'questionnaire', follows: ['ServiceRequest'] };

const writes = [ObservationWrites, QuestionnaireResponseWrites];
const handlers = [OnMessageReceived];
const useCases = [Instruments, KeepMessageParts, OnlyAuthor, ReferralOfResponse, TakeResponse];

@Module({
  imports: [ServiceModule.of(questionnaireService)],
  providers: [...writes, ...handlers, ...useCases],
})
export class QuestionnaireModule {
  constructor(service: Service, moduleRef: ModuleRef) {
    service.wire(moduleRef, { writes, handlers });
  }
}
