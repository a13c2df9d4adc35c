import { Injectable } from '@nestjs/common';
import type { Bundle, Endpoint } from 'fhir/r4';
import { everyone, FhirError, ownerOf, parseJson, publicAudience, stringifyJson } from '#fhir';
import { FhirStore } from '#fhir-store';
import { OwnersRecords, Platform, releasedVersion } from '#service';
import type { DeliveryOutcome } from '../../domain/delivery.js';
import { judgeAnswer, type MessageVerdict } from '../../domain/messages/message-verdict.js';
import { processMessageAt } from '../../domain/messages/message-endpoint.js';
import { messageHeaders } from '../../domain/messages/message-headers.js';
import { answerIn } from '../../domain/messages/tried-bundle.js';
import { nextTry } from '../../domain/next-try.js';
import { SendWebhook, type Webhook } from '../send-webhook.js';
import type { ClaimedMessage } from './claim-messages.js';
import { SettleMessage } from './settle-message.js';

const answerAtMost = 1024 * 1024;
const unaddressedWaitMs = 3_600_000;
const ownersWaitMs = 5_000;
const version = releasedVersion();

/**
 * Sends one message once and writes down what became of it. Killed between the two it is sent again, the same bytes under the same
 * ids: its receiver then says that it has it.
 */
@Injectable()
export class SendMessage {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
    private readonly sendWebhook: SendWebhook,
    private readonly settleMessage: SettleMessage,
    private readonly platform: Platform,
  ) {}

  /** What became of it, in a word. */
  async execute(message: ClaimedMessage): Promise<string> {
    if (await this.#isWithheld(message)) return this.#stop(message, 'withheld by a Consent');
    const ready = await this.#readied(message);
    if (ready === 'later') return this.#waitForOwners(message);
    if (ready === 'restricted') return this.#stop(message, 'restricted meanwhile');
    if (ready === 'unaddressed') return this.#waitForEndpoint(message);
    return this.#settle(message, await this.sendWebhook.execute(ready));
  }

  /** What is posted where; `later` where those who know do not answer just now. */
  async #readied(message: ClaimedMessage): Promise<Webhook | 'unaddressed' | 'restricted' | 'later'> {
    try {
      const endpoint = await this.#endpointOf(message);
      if (endpoint === undefined) return 'unaddressed';
      const sent = await this.#messageOf(message);
      if (await this.#isRestricted(message, sent)) return 'restricted';
      const headers = messageHeaders(message, { message: sent, version });
      return { endpoint, headers, body: stringifyJson(sent), readAnswer: answerAtMost };
    } catch (fault) {
      if (fault instanceof FhirError && fault.issues.every(({ code }) => code === 'transient')) return 'later';
      throw fault;
    }
  }

  /** A Consent came while it waited. */
  async #isWithheld({ requester, persons }: ClaimedMessage): Promise<boolean> {
    return (await this.store.withholdings.among([requester], persons)).length > 0;
  }

  /** Asked anew at each try: an address that changed holds at once. */
  async #endpointOf(message: ClaimedMessage): Promise<string | undefined> {
    const [, value = ''] = message.address.split('|');
    if (value === '') return undefined;
    const found = await this.owners.pointing(
      { type: 'Endpoint', parameter: 'identifier', reference: value },
      publicAudience,
    );
    return processMessageAt(
      found.map(({ content }) => parseJson(content) as Endpoint),
      message,
    );
  }

  async #messageOf({ bundleId }: ClaimedMessage): Promise<Bundle> {
    const { content } = await this.owners.version('referral', { type: 'Bundle', id: bundleId, version: 1 });
    const kept = parseJson(content) as Bundle;
    return kept.entry?.[0]?.resource as Bundle;
  }

  /** Something that it tells of was labelled while it waited, or is otherwise none that its receiver may read now. */
  async #isRestricted({ requester }: ClaimedMessage, { entry = [] }: Bundle): Promise<boolean> {
    const told = entry.flatMap(({ resource }) => {
      const { resourceType: type, id } = resource ?? {};
      const owner = ownerOf(type ?? '');
      const isJudged = owner !== undefined && owner !== 'activity-directory';
      return isJudged && type !== undefined && id !== undefined ? [{ type, id }] : [];
    });
    // Those that are there: a message has others of its own.
    const here = await this.owners.read(told, everyone);
    const seen = await this.owners.read(told, [requester, 'public']);
    return here.some(({ type, id }) => !seen.some((one) => one.type === type && one.id === id));
  }

  async #settle(message: ClaimedMessage, outcome: DeliveryOutcome): Promise<string> {
    const { verdict, error } = judgeAnswer(outcome, message);
    const answer = 'status' in outcome && outcome.answer ? answerIn(outcome.answer.body) : undefined;
    const status = 'status' in outcome ? outcome.status : undefined;
    const tried = { tries: message.attempts, status, answer, error };
    const again = this.#again(message, verdict, 'status' in outcome ? outcome.retryAfterMs : undefined);
    if (again) await this.settleMessage.execute(message, { ...tried, state: 'waiting', again });
    else await this.settleMessage.execute(message, { ...tried, state: verdict === 'taken' ? 'sent' : 'stopped' });
    return verdict === 'again' && !again ? 'given-up' : verdict;
  }

  #again(
    { attempts }: ClaimedMessage,
    verdict: MessageVerdict['verdict'],
    retryAfterMs: number | undefined,
  ): Date | undefined {
    return verdict === 'again' ? nextTry({ attempts, retryAfterMs }, this.platform.now(), Math.random()) : undefined;
  }

  async #stop(message: ClaimedMessage, error: string): Promise<string> {
    await this.settleMessage.execute(message, { state: 'stopped', tries: message.attempts - 1, error });
    return 'withheld';
  }

  /** No try of the other side: nobody is told. */
  async #waitForOwners(message: ClaimedMessage): Promise<string> {
    const again = new Date(this.platform.now().getTime() + ownersWaitMs);
    await this.settleMessage.execute(message, { state: 'waiting', tries: message.attempts - 1, again, isNews: false });
    return 'postponed';
  }

  /** Kept: an Endpoint that appears wakes it. */
  async #waitForEndpoint(message: ClaimedMessage): Promise<string> {
    const again = new Date(this.platform.now().getTime() + unaddressedWaitMs);
    const error = 'no Endpoint of the directory has this address';
    await this.settleMessage.execute(message, { state: 'unaddressed', tries: message.attempts - 1, error, again });
    return 'unaddressed';
  }
}
