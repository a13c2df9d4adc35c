import type { Consent } from 'fhir/r4';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { everyone, parseJson } from '#fhir';
import type { FhirStore, Withholding } from '#fhir-store';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { optOutOf } from './opt-out.js';

/** Each service withholds of its own rows what a Consent says, and gives it back when the Consent ends. */
export class ConsentsHeard extends EventHandler {
  readonly consumer: string;
  readonly subjects = [subjectsOfType('referral', 'Consent')];

  constructor(
    service: string,
    private readonly store: FhirStore,
    private readonly now: () => Date,
  ) {
    super();
    this.consumer = `${service}-withholds`;
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const { id } = subjectResource(event.subject);
    await this.store.withholdings.replace(id, () => this.#withheld(id, event, tx), { now: this.now(), tx });
  }

  /** Where Consents are kept this one may say something else by now, and has been applied: that counts. */
  async #withheld(id: string, { data }: CloudEvent, tx: Session): Promise<readonly Withholding[]> {
    const own = this.store.holds('Consent') ? await this.store.read('Consent', id, everyone, tx) : undefined;
    if (own?.deleted === true) return [];
    const consent = own ? parseJson(own.content) : data;
    return consent === undefined ? [] : optOutOf(consent as Consent).withholdings;
  }
}
