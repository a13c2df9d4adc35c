import { Injectable } from '@nestjs/common';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { oneAtATime, Platform, provenanceWrite } from '#service';
import { DueSummaries } from './due-summaries.js';
import { lockOf, StoredSummaries, type StoredSummary } from './stored-summaries.js';
import type { Occasion } from './write-summary.js';

/** The referral was an error: what was ever said of it is marked as one, and said to those who were told. */
@Injectable()
export class WithdrawOutcomeSummary {
  constructor(
    private readonly store: FhirStore,
    private readonly summaries: StoredSummaries,
    private readonly due: DueSummaries,
    private readonly platform: Platform,
  ) {}

  async execute(requestId: string, { act }: Occasion, tx: Session): Promise<void> {
    await oneAtATime(lockOf(requestId), tx);
    for (const summary of await this.summaries.execute(requestId, tx)) {
      if (summary.reference.status === 'entered-in-error') continue;
      await this.#withdraw(summary, act, tx);
      await this.due.drop(`DocumentReference/${summary.reference.id ?? ''}`, tx);
    }
  }

  /** Also one that another took the place of: it is there to be read, and tells what never was. */
  async #withdraw(summary: StoredSummary, act: Act, tx: Session): Promise<void> {
    const { reference, stored } = summary;
    const { audience } = stored;
    const composition = await this.summaries.composition(summary, tx);
    const writes: Write[] = [
      {
        interaction: 'update',
        resource: { ...reference, status: 'entered-in-error' },
        audience,
        version: stored.version,
        event: 'outcome-summary-withdrawn.v1',
      },
      {
        interaction: 'update',
        resource: { ...composition.resource, status: 'entered-in-error' },
        audience: composition.stored.audience,
        version: composition.stored.version,
      },
    ];
    const provenance = provenanceWrite({ writes, act, audience, now: this.platform.now() });
    await this.store.commit([...writes, provenance], act, tx);
  }
}
