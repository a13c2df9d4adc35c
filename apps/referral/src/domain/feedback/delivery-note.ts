import type { Bundle, Parameters, ParametersParameter } from 'fhir/r4';
import { idIn } from '#fhir';
import type { DeliveryNote } from './tracking.js';

const states: readonly DeliveryNote['state'][] = ['sent', 'waiting', 'stopped', 'unaddressed'];

/** What the sending service says of one message: Parameters, and beside them the answer of the other side. */
export function deliveryNoteIn(told: Bundle): { communicationId: string; note: DeliveryNote } | undefined {
  const [said, answer] = told.entry ?? [];
  if (said?.resource?.resourceType !== 'Parameters') return undefined;
  const of = valuesIn(said.resource as Parameters);
  const communicationId = idIn(of('message').valueReference, 'Communication');
  const state = states.find((one) => one === of('state').valueCode);
  const [tries, at] = [of('tries').valueUnsignedInt, of('at').valueInstant];
  if (communicationId === undefined || state === undefined || tries === undefined || at === undefined) return undefined;
  const proof = answer ? told.id : undefined;
  return { communicationId, note: { state, tries, at, error: of('error').valueString, proof } };
}

function valuesIn({ parameter = [] }: Parameters): (name: string) => Partial<ParametersParameter> {
  return (name) => parameter.find((one) => one.name === name) ?? {};
}
