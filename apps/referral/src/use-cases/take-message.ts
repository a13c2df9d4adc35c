import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Bundle } from 'fhir/r4';
import { error, FhirError, stringifyJson } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { Platform } from '#service';
import {
  type Accepted,
  acceptedUseCases,
  answerTo,
  judgeMessage,
  lookupsFor,
  readBooking,
  readReferral,
  refusalOf,
} from '../domain/bars/index.js';
import { withRemarks } from '../domain/message-remarks.js';
import { KnownMessage, knownAs, type KnownOfMessage } from './messages/known-message.js';
import { MessageTurns } from './messages/message-turns.js';
import { StoreMessage } from './store-message.js';

/** Takes a Booking and Referral Standard message: judged whole, stored whole, answered at once. */
@Injectable()
export class TakeMessage {
  constructor(
    private readonly store: FhirStore,
    private readonly knownMessage: KnownMessage,
    private readonly storeMessage: StoreMessage,
    private readonly messageTurns: MessageTurns,
    private readonly platform: Platform,
  ) {}

  /** What somebody else changed meanwhile is looked up and judged again: what has ended then is told so. */
  async execute(request: FhirRequest): Promise<Bundle> {
    const keys = keysOf(request);
    for (let attempt = 1; attempt <= attemptsAtMost; attempt++) {
      for (const key of keys) if (await this.store.wasUsed(key)) throw cameBefore();
      const answer = await this.#takeOnce(request, keys);
      if (answer) return answer;
    }
    // Not 409: a sender reads that as taken before.
    const diagnostics = 'This referral is being changed by others at this moment; send this message again.';
    throw new FhirError([error('transient', diagnostics)], { headers: { 'retry-after': '5' } });
  }

  /** Undefined where another request was faster. */
  async #takeOnce(request: FhirRequest, keys: readonly string[]): Promise<Bundle | undefined> {
    const { baseUrl, nhsNumberCheck } = this.platform.settings;
    const known = await this.knownMessage.execute(lookupsFor(request.resource, baseUrl), request);
    const { service } = known;
    const verdict = judgeMessage(request.resource, {
      headers: request.headers,
      services: () => service && { acceptsUseCases: acceptedUseCases(service) },
      known: knownAs(known),
      configuration: { nhsNumberCheck },
    });
    if (!verdict.accepted) throw refusalOf(verdict);
    const isNew = verdict.kind === 'new-referral' || verdict.kind === 'new-validation';
    return isNew
      ? this.#begin(verdict, { request, keys, service: service?.id ?? '' })
      : this.#goOn(verdict, known, { request, keys, service: service?.id ?? '' });
  }

  async #begin(verdict: Accepted, { request, keys, service }: Taking): Promise<Bundle> {
    const message = readReferral(request.resource as Bundle);
    const { reference, encounterId, ids, remarks } = await this.storeMessage.execute({
      message,
      service,
      request,
      keys,
    });
    const answer = answerTo(message, {
      ...answering(request),
      encounter: { id: encounterId, reference },
      ids,
    });
    return withRemarks(answer, [...verdict.warnings, ...remarks], request.newId());
  }

  async #goOn(verdict: Accepted, known: KnownOfMessage, taking: Taking): Promise<Bundle | undefined> {
    const { request } = taking;
    const bundle = request.resource as Bundle;
    const isBooking = verdict.kind === 'new-booking' || verdict.kind === 'booking-cancellation';
    const taken = isBooking
      ? await this.messageTurns.ofBooking(readBooking(bundle), known, taking)
      : await this.messageTurns.ofReferral(readReferral(bundle), known, taking);
    if (!taken) return undefined;
    const { ids, states, remarks } = taken;
    const message = isBooking ? readBooking(bundle) : readReferral(bundle);
    const answer = answerTo(message, { ...answering(request), ids, ...(states ? { states } : {}) });
    return withRemarks(answer, [...verdict.warnings, ...remarks], request.newId());
  }
}

const attemptsAtMost = 6;

interface Taking {
  request: FhirRequest;
  keys: readonly string[];
  /** Id of the HealthcareService that is addressed; empty where a response goes back. */
  service: string;
}

function answering({ newId, now }: FhirRequest) {
  return { bundleId: newId(), now: now.toISOString() };
}

/**
 * The same Bundle.id with the same content, of the same client, is the same message, also under another X-Request-Id: its outcome
 * stands. Systems that give one id to different messages are there (published samples among them): each of these counts.
 */
function keysOf({ caller, resource }: FhirRequest): string[] {
  const bundleId = resource?.id?.toLowerCase();
  if (resource?.resourceType !== 'Bundle' || bundleId === undefined) return [];
  const content: Bundle = { resourceType: 'Bundle', type: resource.type, entry: resource.entry ?? [] };
  return [`message|${caller.client}|${bundleId}|${hash('sha256', stringifyJson(content), 'base64url')}`];
}

function cameBefore(): FhirError {
  return new FhirError(
    [error('duplicate', 'This message was processed before: the same Bundle.id, the same content.', 'Bundle.id')],
    {
      status: 409,
    },
  );
}
