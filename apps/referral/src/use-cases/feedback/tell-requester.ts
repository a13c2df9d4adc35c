import { Injectable } from '@nestjs/common';
import type { Bundle, FhirResource, Task } from 'fhir/r4';
import { audienceOf, everyone, restrictedAs } from '#fhir';
import { searchParameter } from '#fhir-search';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { oneAtATime, Platform } from '#service';
import { messageIdSystem } from '../../domain/codes.js';
import { communicationCategorySystem, responseMessage } from '../../domain/feedback/codes.js';
import { responseBundle } from '../../domain/feedback/response-message.js';
import { trackingOf } from '../../domain/feedback/tracking.js';
import { type AnsweredReferral, ResponseFactsOf } from './response-facts.js';

/** What the sender of a referral is to hear. */
export interface Telling {
  /** The provider's Task, as it was when it happened. */
  part: Task;
  event: string;
  /** What is told with it; answers and scores come by themselves. */
  also?: readonly FhirResource[];
  /** It replaces what was told before. */
  corrects?: boolean;
  act: Act;
}

/**
 * Writes the message that tells the sender of a referral what became of it, and the Communication by which it is followed. The
 * service that may call out sends it. Nothing happens for a referral that did not come as a message.
 */
@Injectable()
export class TellRequester {
  constructor(
    private readonly store: FhirStore,
    private readonly facts: ResponseFactsOf,
    private readonly platform: Platform,
  ) {}

  async execute(telling: Telling, tx: Session): Promise<void> {
    const referral = await this.facts.referralOf(telling.part);
    if (!referral) return;
    // Numbers are given one after another, so that none is given twice.
    await oneAtATime(`messages of Task/${referral.parent.id ?? ''}`, tx);
    const facts = await this.facts.execute(referral, tx);
    if (facts === undefined) return;
    const number = (await this.#toldBefore(referral)) + 1;
    if (facts === 'restricted') {
      await this.store.commit([this.#tracked(referral, { number })], telling.act, tx);
      return;
    }
    const { event, also = [], corrects = false } = telling;
    const riding = await this.facts.ridingAlong(referral, event, facts.request);
    const { newId, settings } = this.platform;
    const now = this.platform.now().toISOString();
    const bundleId = newId();
    const message = responseBundle(
      { ...facts, also: [...riding, ...also], corrects },
      { bundleId, now, newId, baseUrl: settings.baseUrl },
    );
    const kept = keptResponse(message, newId());
    const content = { reference: `Bundle/${kept.id ?? ''}`, type: 'Bundle' };
    const writes: Write[] = [
      // Whoever leaves the referral reads no message about what comes after: only the sender reads it.
      { interaction: 'create', resource: kept, audience: [referral.requester], persons: [referral.patientId] },
      this.#tracked(referral, { number, content, messageId: bundleId }),
    ];
    await this.store.commit(writes, telling.act, tx);
  }

  #tracked(
    referral: AnsweredReferral,
    {
      number,
      content,
      messageId,
    }: { number: number; content?: { reference: string; type: string }; messageId?: string },
  ): Write {
    const { parent, part, requester, provider, returnAddress, correlationId } = referral;
    const { newId, now } = this.platform;
    const tracking = trackingOf({
      id: newId(),
      messageId: messageId ?? newId(),
      requestId: newId(),
      correlationId,
      returnAddress,
      number,
      parent,
      part,
      ...(content ? { content } : {}),
      now: now().toISOString(),
    });
    return {
      interaction: 'create',
      resource: restrictedAs(tracking, part, parent),
      audience: audienceOf(requester, provider),
      event: content ? 'message-composed.v1' : 'message-withheld.v1',
    };
  }

  async #toldBefore({ parent }: AnsweredReferral): Promise<number> {
    const [partOf, category] = [
      searchParameter('Communication', 'part-of'),
      searchParameter('Communication', 'category'),
    ];
    const code = responseMessage.coding?.[0]?.code;
    if (!partOf || !category || code === undefined) return 0;
    const criteria = [
      { parameter: partOf, values: [{ type: 'reference' as const, value: `Task/${parent.id ?? ''}` }] },
      { parameter: category, values: [{ type: 'token' as const, value: code, system: communicationCategorySystem }] },
    ];
    const ids = await this.store.idsOf({ type: 'Communication', criteria }, { reader: everyone, atMost });
    return ids.length;
  }
}

const atMost = 10_000;

/** The message within a Bundle of ours, which bears the store's own version: what is sent stays as it was made. */
function keptResponse(message: Bundle, id: string): Bundle {
  const messageId = message.id ?? '';
  return {
    resourceType: 'Bundle',
    id,
    identifier: { system: messageIdSystem, value: messageId },
    type: 'collection',
    ...(message.timestamp === undefined ? {} : { timestamp: message.timestamp }),
    entry: [{ fullUrl: `urn:uuid:${messageId}`, resource: message }],
  };
}
