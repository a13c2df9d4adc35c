import { Injectable } from '@nestjs/common';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import type { Evaluation } from '../domain/evaluation/evaluation.js';
import { evaluationCsv, evaluationEvidenceCsv } from '../domain/evaluation/evaluation-csv.js';
import { evaluationJson } from '../domain/evaluation/evaluation-json.js';
import { EvaluateProgramme } from '../use-cases/evaluate-programme.js';
import { parametersOf, refused, wishOf } from './evaluation-parameters.js';

const csvType = 'text/csv; charset=utf-8';

const formats: Readonly<Record<string, { write: (evaluation: Evaluation) => string; contentType: string }>> = {
  json: { write: evaluationJson, contentType: 'application/json; charset=utf-8' },
  csv: { write: evaluationCsv, contentType: csvType },
  'csv-evidence': { write: evaluationEvidenceCsv, contentType: csvType },
};

/** `GET|POST /Measure/:id/$evaluation`: what changed, item by item, with everything that stands behind each number. */
@Injectable()
export class EvaluationOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'evaluation',
    title: 'Evaluate a programme',
    description:
      'Before and after of everybody referred to the programme, item by item and in total, as JSON or CSV (docs/evaluation.md). ' +
      'Parameters: periodStart and periodEnd (first and last day of answers; by default the last twelve months), instrument, cutOff, ' +
      'format (json, csv, csv-evidence; without it Accept or _format: text/csv for csv).',
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
    const parameters = parametersOf(request, ['instrument', 'periodStart', 'periodEnd', 'cutOff', 'format']);
    const name = parameters.get('format') ?? formatIn(request.headers['accept']);
    const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
    if (!format) throw refused('value', `format is one of ${Object.keys(formats).join(', ')}.`, 'format');
    const evaluation = await this.evaluateProgramme.execute(wishOf(request, parameters), request.caller.audience);
    return { status: 200, content: format.write(evaluation), contentType: format.contentType };
  }
}

function formatIn(accept = ''): string {
  return /^\s*(text\/csv|csv)\b/i.test(accept) ? 'csv' : 'json';
}
