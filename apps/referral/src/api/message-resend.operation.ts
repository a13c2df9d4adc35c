import { Injectable } from '@nestjs/common';
import { parseJson } from '#fhir';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import type { FhirResource } from 'fhir/r4';
import { ResendMessage } from '../use-cases/feedback/resend-message.js';

/** `Communication/:id/$resend`: a message that did not arrive is sent once more. */
@Injectable()
export class MessageResendOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'resend',
    title: 'Send a message again',
    description:
      'Has a servicerequest-response that was given up, or waits, sent once more, with the same bytes and ids, and begins its tries anew.',
    system: false,
    types: ['Communication'],
    type: false,
    instance: true,
    methods: ['POST'],
    affectsState: true,
    answersWritten: true,
  };

  constructor(private readonly resendMessage: ResendMessage) {
    super();
  }

  async execute({ id = '', caller, act }: FhirRequest): Promise<FhirResponse> {
    const written = await this.resendMessage.execute(id, caller, act);
    return { status: 200, resource: parseJson(written?.content ?? '{}') as FhirResource };
  }
}
