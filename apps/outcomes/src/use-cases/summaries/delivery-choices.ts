import { Injectable } from '@nestjs/common';
import type { Session } from '#postgres';

export interface DeliveryChoice {
  /** True where summaries are to be sent to the practice; otherwise it fetches them. */
  send: boolean;
  decidedAt: Date;
  /** The client that said so, for its organisation. */
  decidedBy: string;
}

/** Whether a practice wants outcome summaries sent to it. Unless it says so, it does not. */
@Injectable()
export class DeliveryChoices {
  async wantsThem(organisation: string, tx: Session): Promise<boolean> {
    return (await this.of(organisation, tx))?.send ?? false;
  }

  async of(organisation: string, tx: Session): Promise<DeliveryChoice | undefined> {
    const [choice] = await tx.query<DeliveryChoice>({
      name: 'delivery-choice-of',
      text: `SELECT send, decided_at AS "decidedAt", decided_by AS "decidedBy" FROM delivery_choice
             WHERE organisation = $1 ORDER BY id DESC LIMIT 1`,
      values: [organisation],
    });
    return choice;
  }

  /** Earlier choices stay, so that it can be told which one held when. */
  async decide(organisation: string, { send, decidedAt, decidedBy }: DeliveryChoice, tx: Session): Promise<void> {
    await tx.query({
      name: 'delivery-choice-decide',
      text: 'INSERT INTO delivery_choice (organisation, send, decided_at, decided_by) VALUES ($1, $2, $3, $4)',
      values: [organisation, send, decidedAt, decidedBy],
    });
  }
}
