import type { ParametersParameter } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { dayOf, yearEndingOn } from '../domain/evaluation/calendar.js';
import type { EvaluationWish } from '../use-cases/evaluate-programme.js';

/** Parameters by name, from the query of a GET or the Parameters of a POST; each at most once, and none that is not known. */
export function parametersOf({ query, resource }: FhirRequest, known: readonly string[]): ReadonlyMap<string, string> {
  if (resource && resource.resourceType !== 'Parameters') {
    throw refused('structure', 'Send a Parameters resource.', 'Parameters');
  }
  const given: (readonly [name: string, value: string])[] = [
    ...query,
    ...(resource?.parameter ?? []).map((parameter) => [parameter.name, valueOf(parameter)] as const),
  ];
  const names = given.map(([name]) => name);
  if (names.some((name) => !known.includes(name))) {
    throw refused(
      'not-supported',
      `A parameter is not known here; known are ${known.join(', ')}.`,
      'Parameters.parameter',
    );
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refused('value', `${twice} is given twice.`, twice);
  return new Map(given);
}

/** Without a period the twelve months up to the cut-off, and without a cut-off up to now. */
export function wishOf({ id = '', now }: FhirRequest, parameters: ReadonlyMap<string, string>): EvaluationWish {
  const cutOff = parameters.get('cutOff') ?? now.toISOString();
  const year = yearEndingOn(dayOf(cutOff) ?? '');
  const [start, end] = [parameters.get('periodStart'), parameters.get('periodEnd')];
  if ((start === undefined) !== (end === undefined)) {
    throw refused('required', 'periodStart and periodEnd go together: two days, YYYY-MM-DD.', 'periodStart');
  }
  return {
    measureId: id,
    instrument: parameters.get('instrument'),
    period: { start: start ?? year.start, end: end ?? year.end },
    cutOff,
  };
}

function valueOf(parameter: ParametersParameter): string {
  const { valueString, valueCode, valueDate, valueDateTime, valueInstant, name } = parameter;
  const value = valueString ?? valueCode ?? valueDate ?? valueDateTime ?? valueInstant;
  if (value === undefined) throw refused('value', 'A parameter is a string, code, date, dateTime or instant.', name);
  return value;
}

export function refused(
  code: 'required' | 'value' | 'not-supported' | 'structure',
  diagnostics: string,
  expression: string,
): FhirError {
  return new FhirError([error(code, diagnostics, expression)]);
}
