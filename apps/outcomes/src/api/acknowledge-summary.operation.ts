import { Injectable } from '@nestjs/common';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { AcknowledgeSummary } from '../use-cases/summaries/acknowledge-summary.js';

/** `DocumentReference/:id/$acknowledge-summary`: the practice says that an outcome summary came. */
@Injectable()
export class AcknowledgeSummaryOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'acknowledge-summary',
    title: 'Acknowledge an outcome summary',
    description:
      'Says that an outcome summary came and that a person at the practice saw it. Nothing is filed by that.',
    system: false,
    types: ['DocumentReference'],
    type: false,
    instance: true,
    methods: ['POST'],
    affectsState: true,
    parameters: [
      { name: 'by', use: 'in', min: 1, max: '1', type: 'string', documentation: 'Who saw it: a name or a role.' },
      { name: 'note', use: 'in', min: 0, max: '1', type: 'string', documentation: 'What was done with it, in words.' },
      { name: 'return', use: 'out', min: 1, max: '1', type: 'DocumentReference', documentation: 'As it stands now.' },
    ],
  };

  constructor(private readonly acknowledgeSummary: AcknowledgeSummary) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const given = operationParametersOf(request, this.definition);
    const received = { id: request.id ?? '', by: given.requiredText('by'), text: given.text('note') ?? 'Received.' };
    return { status: 200, content: await this.acknowledgeSummary.execute(received, request) };
  }
}
