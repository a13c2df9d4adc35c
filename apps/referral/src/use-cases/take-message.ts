import { Injectable } from '@nestjs/common';
import type { Bundle, HealthcareService } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { Platform } from '#service';
import {
  type AddressedService,
  answerTo,
  judgeMessage,
  type KnownServiceRequest,
  lookupsFor,
  type MessageContext,
  readReferral,
  refusalOf,
} from '../domain/bars/index.js';
import { acceptsUseCaseExtension } from '../domain/codes.js';
import { withRemarks } from '../domain/message-remarks.js';
import { ProviderDirectory } from './provider-directory.js';
import { StoreMessage } from './store-message.js';

/** Takes a Booking and Referral Standard message: judged whole, stored whole, answered at once. */
@Injectable()
export class TakeMessage {
  constructor(
    private readonly store: FhirStore,
    private readonly directory: ProviderDirectory,
    private readonly storeMessage: StoreMessage,
    private readonly platform: Platform,
  ) {}

  async execute(request: FhirRequest): Promise<Bundle> {
    const keys = keysOf(request);
    for (const key of keys) if (await this.store.wasUsed(key)) throw cameBefore();
    const service = await this.#addressed(request.resource);
    const verdict = judgeMessage(request.resource, await this.#context(request, service));
    if (!verdict.accepted) throw refusalOf(verdict);
    const message = readReferral(request.resource as Bundle);
    if (!['new-referral', 'new-validation'].includes(verdict.kind) || service?.id === undefined)
      throw notTaken(verdict.kind);
    const stored = await this.storeMessage.execute({
      message,
      service: service.id,
      request,
      keys,
    });
    const { reference, encounterId, ids, remarks } = stored;
    const answer = answerTo(message, {
      bundleId: request.newId(),
      now: request.now.toISOString(),
      encounter: { id: encounterId, reference },
      ids,
    });
    return withRemarks(answer, [...verdict.warnings, ...remarks], request.newId());
  }

  async #addressed(received: unknown): Promise<HealthcareService | undefined> {
    const { service } = lookupsFor(received);
    return service === undefined ? undefined : this.directory.serviceWith(service);
  }

  async #context(
    { resource, headers, caller }: FhirRequest,
    service: HealthcareService | undefined,
  ): Promise<MessageContext> {
    const { serviceRequestId } = lookupsFor(resource);
    const stored =
      serviceRequestId === undefined
        ? undefined
        : await this.store.read('ServiceRequest', serviceRequestId, caller.audience);
    const known = stored && !stored.deleted ? (JSON.parse(stored.content) as KnownServiceRequest) : undefined;
    return {
      headers,
      services: () => (service === undefined ? undefined : addressedService(service)),
      known: {
        // Nothing is sent from here as a message yet, so that nothing can be answered.
        messages: () => false,
        serviceRequest: () => (known === undefined ? undefined : { status: known.status }),
      },
      configuration: { nhsNumberCheck: this.platform.settings.nhsNumberCheck },
    };
  }
}

function addressedService({ extension = [] }: HealthcareService): AddressedService {
  const codings = extension.filter(({ url }) => url === acceptsUseCaseExtension).map(({ valueCoding }) => valueCoding);
  return { acceptsUseCases: codings.map((coding) => ({ system: coding?.system ?? '', code: coding?.code ?? '' })) };
}

/** The same Bundle.id of the same client is the same message, also under another X-Request-Id: its outcome stands. */
function keysOf({ caller, resource }: FhirRequest): string[] {
  const bundleId = resource?.id?.toLowerCase();
  return bundleId === undefined ? [] : [`message|${caller.client}|${bundleId}`];
}

function cameBefore(): FhirError {
  return new FhirError([error('duplicate', 'A message with this Bundle.id was processed before.', 'Bundle.id')], {
    status: 409,
  });
}

function notTaken(kind: string): FhirError {
  return new FhirError(
    [
      error(
        'not-supported',
        `This server does not take messages of the kind ${kind} yet.`,
        'Bundle.entry[0].resource.event',
      ),
    ],
    {
      status: 501,
    },
  );
}
