import { Injectable } from '@nestjs/common';
import type { DocumentReference, FhirResource } from 'fhir/r4';
import { type Audience, idIn, parseJson } from '#fhir';
import type { Act } from '#fhir-store';
import type { Session } from '#postgres';
import { OwnersRecords } from '#service';
import { deliveryChannelExtension } from '../../domain/feedback/codes.js';
import { partOfOutcome } from '../../domain/feedback/part-of-outcome.js';
import { ReferralTasks, type StoredTask } from '../referral-tasks.js';
import { TellRequester } from './tell-requester.js';

/** Sends an outcome summary as a response: the document and its page, to a practice that asked for it. */
@Injectable()
export class TellOutcome {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly owners: OwnersRecords,
    private readonly tellRequester: TellRequester,
  ) {}

  async execute(document: DocumentReference, act: Act, tx: Session): Promise<void> {
    if (!goesAsMessage(document)) return;
    const referral = await this.#referralOf(document);
    const requester = idIn(referral?.task.requester, 'Organization');
    if (!referral || requester === undefined) return;
    const parts = await this.tasks.partsOf(referral.stored.id);
    const part = partOfOutcome(
      document,
      parts.map(({ task }) => task),
    );
    const also = await this.#readable(document, [requester, 'public']);
    if (!part || also.length === 0) return;
    const corrects = (document.relatesTo ?? []).some(({ code }) => code === 'replaces');
    await this.tellRequester.execute({ part, event: 'outcome-summary-ready.v1', also, corrects, act }, tx);
  }

  async #referralOf({ context }: DocumentReference): Promise<StoredTask | undefined> {
    const ids = (context?.related ?? []).map((reference) => idIn(reference, 'ServiceRequest'));
    const requestId = ids.find((id) => id !== undefined);
    return requestId === undefined ? undefined : this.tasks.referralOf(requestId);
  }

  /** The document and what it names, as far as the practice may read it and one message can carry it. */
  async #readable(document: DocumentReference, reader: Audience): Promise<FhirResource[]> {
    const binaries = document.content.map(({ attachment }) => idIn(attachment.url, 'Binary') ?? '');
    const wanted = [{ type: 'DocumentReference', id: document.id ?? '' }];
    const [own] = await this.owners.read(wanted, reader);
    if (!own) return [];
    const found: FhirResource[] = [parseJson(own.content) as FhirResource];
    let size = own.content.length;
    for (const id of binaries.filter((one) => one !== '')) {
      const [stored] = await this.owners.read([{ type: 'Binary', id }], reader);
      if (stored && (size += stored.content.length) <= largest) found.push(parseJson(stored.content) as FhirResource);
    }
    return found;
  }
}

/** What does not fit is fetched from here. */
const largest = 350_000;

function goesAsMessage({ extension = [] }: DocumentReference): boolean {
  return extension.some(({ url, valueCode }) => url === deliveryChannelExtension && valueCode === 'message');
}
