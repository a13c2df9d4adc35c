import type { ServiceRequest } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { isUseCase, vcseUseCase } from '../codes.js';
import { type Message, type MessageEntry } from '../message.js';
import { kindOf, type MessageKind } from '../workflow.js';

/** https://fhir.nhs.uk/StructureDefinition/BARSServiceRequest-request-referral and …-request-validation */
export function serviceRequestFitsItsProfile(message: Message): Issue[] {
  const { serviceRequest } = message;
  const kind = kindOf(message);
  if (serviceRequest === undefined || kind === undefined) return [];
  const rule = rules[kind];
  return rule === undefined ? [] : rule(serviceRequest, message);
}

type ProfileRule = (entry: MessageEntry<ServiceRequest>, message: Message) => Issue[];

const rules: Partial<Record<MessageKind, ProfileRule>> = {
  'new-referral': (entry, message) => [...intentIsPlan(entry, message), ...authoredOnIsGiven(entry)],
  'new-validation': (entry, message) => [...intentIsPlan(entry, message), ...periodIsClosed(entry)],
};

/** BaRS fixes plan; a sender of our own use case may say order, as FHIR means it. */
function intentIsPlan({ path, resource }: MessageEntry<ServiceRequest>, message: Message): Issue[] {
  const allowed = isUseCase(message.useCase, vcseUseCase) ? ['plan', 'order', 'proposal'] : ['plan'];
  if (allowed.includes(resource.intent)) return [];
  const said = `ServiceRequest.intent is ${resource.intent}; a new request has ${allowed.join(' or ')}.`;
  return [error('value', said, `${path}.intent`)];
}

function authoredOnIsGiven({ path, resource }: MessageEntry<ServiceRequest>): Issue[] {
  if (resource.authoredOn !== undefined) return [];
  return [error('required', 'ServiceRequest.authoredOn is missing.', `${path}.authoredOn`)];
}

function periodIsClosed({ path, resource }: MessageEntry<ServiceRequest>): Issue[] {
  const { start, end } = resource.occurrencePeriod ?? {};
  if (start !== undefined && end !== undefined) return [];
  const expression = `${path}.occurrencePeriod`;
  return [error('required', 'A validation has ServiceRequest.occurrencePeriod with start and end.', expression)];
}
