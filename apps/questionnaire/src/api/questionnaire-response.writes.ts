import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { TakeResponse } from '../use-cases/take-response.js';

@Injectable()
export class QuestionnaireResponseWrites extends ResourceWrites<QuestionnaireResponse> {
  readonly type = 'QuestionnaireResponse';

  constructor(private readonly takeResponse: TakeResponse) {
    super();
  }

  create(resource: QuestionnaireResponse, request: FhirRequest): Promise<Write[]> {
    return this.takeResponse.create(resource, request);
  }

  update(resource: QuestionnaireResponse, previous: Stored, request: FhirRequest): Promise<Write[]> {
    return this.takeResponse.update(resource, previous, request);
  }
}
