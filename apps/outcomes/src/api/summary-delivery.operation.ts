import { Injectable } from '@nestjs/common';
import type { Parameters } from 'fhir/r4';
import { FhirError } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { ChooseDelivery } from '../use-cases/summaries/choose-delivery.js';
import type { DeliveryChoice } from '../use-cases/summaries/delivery-choices.js';

/** `DocumentReference/$summary-delivery`: whether the caller's organisation wants outcome summaries sent to it. */
@Injectable()
export class SummaryDeliveryOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'summary-delivery',
    title: 'Delivery of outcome summaries',
    description:
      "Whether outcome summaries are sent to the caller's organisation. Off until it says otherwise; what was decided holds " +
      'for summaries made from then on. GET tells what holds; POST with `send` decides.',
    system: false,
    types: ['DocumentReference'],
    type: true,
    instance: false,
    methods: ['GET', 'POST'],
    affectsState: true,
    parameters: [
      {
        name: 'send',
        use: 'in',
        min: 0,
        max: '1',
        type: 'boolean',
        documentation: 'True to have summaries sent, in POST.',
      },
      { name: 'send', use: 'out', min: 1, max: '1', type: 'boolean', documentation: 'What holds.' },
      { name: 'decided', use: 'out', min: 0, max: '1', type: 'instant', documentation: 'Since when.' },
      { name: 'by', use: 'out', min: 0, max: '1', type: 'string', documentation: 'The client that decided it.' },
    ],
  };

  constructor(private readonly chooseDelivery: ChooseDelivery) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const { caller, method, act, now } = request;
    const { organisation } = caller;
    if (organisation === undefined) {
      throw FhirError.of('forbidden', 'Only an organisation decides how summaries come to it.');
    }
    const send = operationParametersOf(request, this.definition).flag('send');
    if (method === 'GET' && send !== undefined) throw FhirError.of('not-supported', 'Decide by POST.');
    if (method === 'POST' && send === undefined) throw FhirError.of('required', 'The parameter send is missing.');
    const decided = send === undefined ? undefined : { send, decidedAt: now, decidedBy: act.agent };
    return { status: 200, resource: parametersOf(await this.chooseDelivery.execute(organisation, decided)) };
  }
}

function parametersOf(choice: DeliveryChoice | undefined): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'send', valueBoolean: choice?.send ?? false },
      ...(choice ? [{ name: 'decided', valueInstant: choice.decidedAt.toISOString() }] : []),
      ...(choice ? [{ name: 'by', valueString: choice.decidedBy }] : []),
    ],
  };
}
