import { Injectable } from '@nestjs/common';
import type { DocumentReference, Extension } from 'fhir/r4';
import { idIn } from '#fhir';
import type { Session } from '#postgres';
import { awaitedUntil } from '../../domain/delivery/acknowledgement.js';
import { channelsTo } from '../../domain/delivery/summary-delivery.js';
import type { Stage } from '../../domain/outcome-summary/stage.js';
import type { GatheredRecord } from '../gather-record.js';
import { Programmes } from '../programmes.js';
import { DeliveryChoices } from './delivery-choices.js';
import { DueSummaries } from './due-summaries.js';

export interface FollowUp {
  /** What the DocumentReference says of delivery and acknowledgement. */
  extension: Extension[];
  /** Until when the practice is to acknowledge it. */
  due?: Date;
}

const dayMs = 86_400_000;

/** How a summary gets to its practice, and until when it should have said that it did. */
@Injectable()
export class SummaryFollowUp {
  constructor(
    private readonly choices: DeliveryChoices,
    private readonly dueSummaries: DueSummaries,
    private readonly programmes: Programmes,
  ) {}

  async execute(
    { gathered: { record }, stage, at }: { gathered: GatheredRecord; stage: Stage; at: Date },
    tx: Session,
  ): Promise<FollowUp> {
    const practice = idIn(record.referral.requester, 'Organization');
    const wantsThem = practice !== undefined && (await this.choices.wantsThem(practice, tx));
    const channels = channelsTo({ referral: record.referral, wantsThem });
    if (stage.code !== 'end') return { extension: channels };
    const days = this.programmes.acknowledgeWithinDays(this.programmes.codesOf(record));
    const due = days === undefined ? undefined : new Date(at.getTime() + days * dayMs);
    return { extension: [...channels, ...awaitedUntil(due)], ...(due && { due }) };
  }

  /** The new one is waited for, and the one that it replaces no more. */
  async note(
    made: DocumentReference,
    { due, replaced }: { due: Date | undefined; replaced: DocumentReference | undefined },
    tx: Session,
  ): Promise<void> {
    if (replaced) await this.dueSummaries.drop(placeOf(replaced), tx);
    if (!due) return;
    const patient = idIn(made.subject, 'Patient') ?? '';
    await this.dueSummaries.add({ kind: 'acknowledgement', resource: placeOf(made), stage: '', patient, due }, tx);
  }
}

function placeOf({ id = '' }: DocumentReference): string {
  return `DocumentReference/${id}`;
}
