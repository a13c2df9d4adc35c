import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import { oneAtATime } from '#service';
import { type DeliveryChoice, DeliveryChoices } from './delivery-choices.js';

/** What an organisation decided about the delivery of summaries to itself, or decides now. */
@Injectable()
export class ChooseDelivery {
  constructor(
    private readonly database: Database,
    private readonly choices: DeliveryChoices,
  ) {}

  /** The same choice again leaves standing since when it holds. */
  async execute(organisation: string, decided?: DeliveryChoice): Promise<DeliveryChoice | undefined> {
    return this.database.transaction(everyone, async (tx) => {
      await oneAtATime(`delivery-choice ${organisation}`, tx);
      const before = await this.choices.of(organisation, tx);
      if (decided === undefined || before?.send === decided.send) return before;
      await this.choices.decide(organisation, decided, tx);
      return decided;
    });
  }
}
