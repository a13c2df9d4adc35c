import { Injectable } from '@nestjs/common';
import type { HealthcareService, MessageDefinition } from 'fhir/r4';
import { dosServiceSystem, normaliseIdentifierSystem, publicAudience } from '#fhir';
import type { ServedMessages } from '#fhir-server';
import { OwnersRecords } from '#service';
import {
  acceptedUseCases,
  allMessageDefinitions,
  barsUseCaseSystem,
  isSystem,
  messageDefinitionsOf,
  referralUseCaseSystem,
  type ServiceAddress,
  type UseCase,
  useCaseDefinitions,
} from '../../domain/bars/index.js';
import { responseShortDefinition, responseVcseDefinition } from '../../domain/feedback/codes.js';
import { ProviderDirectory } from '../provider-directory.js';

/** Tells a sender which messages a service takes, before it sends: the use cases that the directory has of it, by the table of the rules. */
@Injectable()
export class TellMessages implements ServedMessages {
  readonly definitions = allMessageDefinitions();
  readonly sent = [responseShortDefinition, responseVcseDefinition];

  constructor(
    private readonly directory: ProviderDirectory,
    private readonly owners: OwnersRecords,
  ) {}

  readonly inContext = async (contexts: readonly (readonly string[])[]): Promise<readonly MessageDefinition[]> => {
    const asked = contexts.map((alternatives) => alternatives.map(contextOf));
    const services = asked.flat().filter(isService);
    const useCases = asked.flat().flatMap(asUseCase);
    const candidates =
      services.length > 0
        ? (await Promise.all(services.map((service) => this.#takenBy(service, useCases)))).flat()
        : useCaseDefinitions(useCases);
    return candidates.filter((definition) =>
      asked.every((alternatives) => alternatives.some((context) => isFor(definition, context))),
    );
  };

  async #takenBy({ system, value }: Context, asked: readonly UseCase[]): Promise<MessageDefinition[]> {
    const address: ServiceAddress = { system: system ?? dosServiceSystem, value };
    const service = await this.directory.serviceWith(address);
    if (!service || service.active === false) return [];
    const definitions = messageDefinitionsOf(address, { named: acceptedUseCases(service), asked });
    if (await this.#offersSlots(service)) return definitions;
    return definitions.filter(({ eventCoding }) => eventCoding?.code !== 'booking-request');
  }

  async #offersSlots({ id = '' }: HealthcareService): Promise<boolean> {
    const wanted = { type: 'Schedule', parameter: 'actor', reference: `HealthcareService/${id}` };
    return (await this.owners.countPointing(wanted, publicAudience)) > 0;
  }
}

interface Context {
  system: string | undefined;
  value: string;
}

function contextOf(text: string): Context {
  const bar = text.lastIndexOf('|');
  const system = text.slice(0, Math.max(bar, 0));
  return { system: system === '' ? undefined : normaliseIdentifierSystem(system), value: text.slice(bar + 1) };
}

function useCaseSystemOf({ system }: Context): string | undefined {
  return [barsUseCaseSystem, referralUseCaseSystem].find((known) => isSystem(system, known));
}

/** Without a system, a number is a service and all else a use case. */
function isService(context: Context): boolean {
  if (context.system === undefined) return /^\d+$/.test(context.value);
  return useCaseSystemOf(context) === undefined;
}

function asUseCase(context: Context): UseCase[] {
  if (isService(context)) return [];
  const system = useCaseSystemOf(context);
  const systems = system === undefined ? [barsUseCaseSystem, referralUseCaseSystem] : [system];
  return systems.map((one) => ({ system: one, code: context.value }));
}

function isFor({ useContext = [] }: MessageDefinition, { system, value }: Context): boolean {
  const codings = useContext.flatMap(({ valueCodeableConcept }) => valueCodeableConcept?.coding ?? []);
  return codings.some((one) => one.code === value && (system === undefined || isSystem(system, one.system ?? '')));
}
