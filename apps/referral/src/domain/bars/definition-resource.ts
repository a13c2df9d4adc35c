import type { Coding, FhirResource, HealthcareService, MessageDefinition, MessageDefinitionFocus } from 'fhir/r4';
import { acceptsUseCaseExtension } from '../codes.js';
import { isUseCase, messageEventSystem, type UseCase, vcseUseCase } from './codes.js';
import {
  type Cardinality,
  definitionsFor,
  messageDefinitions,
  type MessageDefinitionRow,
} from './message-definitions.js';
import { type ServiceAddress } from './message-context.js';

/** Of version 1.12.0 of the standard's implementation guide. */
const published = '2026-07-16';
const usageContext = 'http://terminology.hl7.org/CodeSystem/usage-context-type';

/** Every MessageDefinition that this server goes by, as it is for no service in particular. */
export function allMessageDefinitions(): MessageDefinition[] {
  return messageDefinitions.map((row) => messageDefinitionOf(row, []));
}

/**
 * What a service takes, one MessageDefinition each: with the service and its use cases as useContext, which is what a sender
 * compares before it sends. One that names none takes all, of which those that were asked for are shown.
 * https://hl7.org/fhir/R4/messagedefinition.html
 */
export function messageDefinitionsOf(
  service: ServiceAddress,
  { named, asked }: { named: readonly UseCase[]; asked: readonly UseCase[] },
): MessageDefinition[] {
  const useCases = named.length > 0 ? named : asked.filter(isKnownUseCase);
  return messageDefinitions.flatMap((row) => {
    const taken = useCases.filter((useCase) => definitionsFor(useCase).includes(row));
    if (useCases.length > 0 && taken.length === 0) return [];
    return [messageDefinitionOf(row, [{ system: service.system, code: service.value }, ...taken])];
  });
}

/** Those that messages of these use cases go by, whoever takes them. */
export function useCaseDefinitions(useCases: readonly UseCase[]): MessageDefinition[] {
  return messageDefinitions.flatMap((row) => {
    const fitting = useCases.filter((useCase) => isKnownUseCase(useCase) && definitionsFor(useCase).includes(row));
    return fitting.length === 0 ? [] : [messageDefinitionOf(row, fitting)];
  });
}

/** What a service of the directory names as taken; none where it takes all. */
export function acceptedUseCases({ extension = [] }: HealthcareService): UseCase[] {
  const codings = extension.filter(({ url }) => url === acceptsUseCaseExtension).map(({ valueCoding }) => valueCoding);
  return codings.map((coding) => ({ system: coding?.system ?? '', code: coding?.code ?? '' }));
}

function messageDefinitionOf(row: MessageDefinitionRow, contexts: readonly Coding[]): MessageDefinition {
  const { url, version, title, event, cardinalities } = row;
  const name = url.slice(url.lastIndexOf('/') + 1);
  const types = Object.entries(cardinalities) as [FhirResource['resourceType'], Cardinality][];
  return {
    resourceType: 'MessageDefinition',
    id: name,
    url,
    version,
    name: nameOf(name),
    title,
    status: 'active',
    date: published,
    ...(contexts.length === 0 ? {} : { useContext: contexts.map(contextOf) }),
    eventCoding: { system: messageEventSystem, code: event },
    category: 'consequence',
    focus: types.map(([code, [min, max]]): MessageDefinitionFocus => {
      return { code: code, min, max: max === Infinity ? '*' : String(max) };
    }),
  };
}

function contextOf(coding: Coding) {
  return { code: { system: usageContext, code: 'workflow' }, valueCodeableConcept: { coding: [coding] } };
}

/** `bars-message-booking-request` → `BarsMessageBookingRequest`: a name that a program can use. */
function nameOf(id: string): string {
  const words = id.split('-');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** `a1t1` … of the published applications; our own beside them. */
function isKnownUseCase(useCase: UseCase): boolean {
  return isUseCase(useCase, vcseUseCase) || /^(a[1-8]t\d{1,2}|referraltopharmacy)$/.test(useCase.code);
}
