import type { ContactPoint, Patient } from 'fhir/r4';
import { warning, type Issue } from '#fhir';
import { barsUseCaseSystem, isSystem, isUseCase, vcseUseCase } from '../codes.js';
import { entriesOf, type Message } from '../message.js';
import { kindOf } from '../workflow.js';

/** BaRS application 5 (to community pharmacy), and good for us: a provider outside the NHS has no other record to look in. */
export function patientCanBeReached(message: Message): Issue[] {
  if (kindOf(message) !== 'new-referral' || !isForTheCommunity(message)) return [];
  return entriesOf(message, 'Patient')
    .filter(({ resource }) => !contactPointsOf(resource).some(({ system }) => system === 'phone' || system === 'sms'))
    .map(({ path }) =>
      warning('business-rule', 'The Patient has no telephone number to be reached by.', `${path}.telecom`),
    );
}

function isForTheCommunity({ useCase }: Message): boolean {
  if (useCase === undefined || isUseCase(useCase, vcseUseCase)) return useCase !== undefined;
  return isSystem(useCase.system, barsUseCaseSystem) && useCase.code.startsWith('a5');
}

function contactPointsOf(patient: Patient): ContactPoint[] {
  return [...(patient.telecom ?? []), ...(patient.contact ?? []).flatMap(({ telecom }) => telecom ?? [])];
}
