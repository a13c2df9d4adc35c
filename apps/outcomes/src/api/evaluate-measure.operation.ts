// https://hl7.org/fhir/R4/operation-measure-evaluate-measure.html
import { Injectable } from '@nestjs/common';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import { measureReportOf } from '../domain/evaluation/measure-report.js';
import { EvaluateProgramme } from '../use-cases/evaluate-programme.js';
import { parametersOf, refused, wishOf } from './evaluation-parameters.js';

/** `GET|POST /Measure/:id/$evaluate-measure`: the evaluation as a MeasureReport. */
@Injectable()
export class EvaluateMeasureOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'evaluate-measure',
    title: 'Evaluate a measure',
    description:
      'The numbers of $evaluation as a MeasureReport, one group for each item. ' +
      'Parameters: periodStart, periodEnd, reportType (population), instrument, cutOff.',
    system: false,
    types: ['Measure'],
    type: false,
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
  };

  constructor(private readonly evaluateProgramme: EvaluateProgramme) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = parametersOf(request, ['instrument', 'periodStart', 'periodEnd', 'cutOff', 'reportType']);
    const reportType = parameters.get('reportType') ?? 'population';
    if (reportType !== 'population') {
      throw refused(
        'not-supported',
        'Only reportType population is made: numbers, never a list of people.',
        'reportType',
      );
    }
    const evaluation = await this.evaluateProgramme.execute(wishOf(request, parameters), request.caller.audience);
    return { status: 200, resource: measureReportOf(evaluation) };
  }
}
