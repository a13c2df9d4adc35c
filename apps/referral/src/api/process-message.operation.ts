// BaRS, $process-message. https://digital.nhs.uk/developer/api-catalogue/booking-and-referral-fhir
import { Injectable } from '@nestjs/common';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import { judgeEnvelope, refusalOf } from '../domain/bars/index.js';
import { TakeMessage } from '../use-cases/take-message.js';

@Injectable()
export class ProcessMessageOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'process-message',
    title: 'Take a message',
    description:
      'Takes a Booking and Referral Standard message Bundle and answers at once with its human-readable reference.',
    system: true,
    types: [],
    instance: false,
    methods: ['POST'],
    affectsState: true,
    bars: true,
  };

  constructor(private readonly takeMessage: TakeMessage) {
    super();
  }

  override receive(received: unknown, headers: Readonly<Record<string, string>>): void {
    const refused = judgeEnvelope(received, { headers });
    if (refused) throw refusalOf(refused);
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    return { status: 200, resource: await this.takeMessage.execute(request) };
  }
}
