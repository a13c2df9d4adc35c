import { type DynamicModule, Module } from '@nestjs/common';
import { FhirStore } from '#fhir-store';
import { Questions } from '#messaging';
import { Database } from '#postgres';
import { recordsQuestions } from './audit/records-questions.js';
import { codesQuestion } from './codes-question.js';
import { historyQuestion } from './history-question.js';
import { interactQuestion } from './interact-question.js';
import { OwnersRecords } from './owners-records.js';
import { Platform } from './platform.js';
import { readQuestion } from './read-question.js';
import { searchAcrossQuestions } from './search-across.js';
import { searchQuestion } from './search-question.js';
import { Service } from './service.js';
import type { ServiceDefinition } from './service-definition.js';
import { transactionQuestionsOf } from './transactions/transaction-questions.js';

/** Shared by all services of the process. */
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    const providers = [
      { provide: Platform, useValue: platform },
      { provide: Questions, useValue: platform.questions },
      { provide: OwnersRecords, useValue: new OwnersRecords(platform.questions) },
    ];
    return { module: PlatformModule, global: true, providers, exports: [Platform, Questions, OwnersRecords] };
  }
}

/** Each service's own database, store and messaging: imported by its module, so that two services in one process stay apart. */
@Module({})
export class ServiceModule {
  static of(definition: ServiceDefinition): DynamicModule {
    return {
      module: ServiceModule,
      controllers: [
        readQuestion(definition.name),
        searchQuestion(definition.name),
        searchAcrossQuestions(definition.name),
        interactQuestion(definition.name),
        historyQuestion(definition.name),
        recordsQuestions(definition.name),
        codesQuestion(definition.name),
        transactionQuestionsOf(definition.name),
      ],
      providers: [
        { provide: Service, useFactory: (platform: Platform) => new Service(definition, platform), inject: [Platform] },
        { provide: FhirStore, useFactory: (service: Service) => service.store, inject: [Service] },
        { provide: Database, useFactory: (service: Service) => service.database, inject: [Service] },
      ],
      exports: [Service, FhirStore, Database],
    };
  }
}
