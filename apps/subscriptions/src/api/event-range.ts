import { error, FhirError } from '#fhir';
import type { OperationParameter, OperationParameters } from '#fhir-server';
import type { EventRange } from '../use-cases/find-events.js';

/** As the backport names the range of `$events` and of `$resend`, which is `$replay` here. */
export const rangeParameters: readonly OperationParameter[] = [
  {
    name: 'eventsSinceNumber',
    use: 'in',
    min: 0,
    max: '1',
    type: 'string',
    documentation: 'The first event, itself among them.',
  },
  {
    name: 'eventsUntilNumber',
    use: 'in',
    min: 0,
    max: '1',
    type: 'string',
    documentation: 'The last event, itself among them.',
  },
];

export function rangeOf(parameters: OperationParameters): EventRange {
  return { since: numberIn(parameters, 'eventsSinceNumber'), until: numberIn(parameters, 'eventsUntilNumber') };
}

function numberIn(parameters: OperationParameters, name: string): number | undefined {
  const text = parameters.text(name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new FhirError([error('value', `${name} is the number of an event, such as 17.`)]);
}
