import type { Consent } from 'fhir/r4';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import type { FhirStore } from '#fhir-store';
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
    const { withholdings } = event.data === undefined ? { withholdings: [] } : optOutOf(event.data as Consent);
    await this.store.withholdings.replace(id, withholdings, { now: this.now(), tx });
  }
}
