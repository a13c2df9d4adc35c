import type { Extension, Task } from 'fhir/r4';

export const deliveryChannelExtension = 'https://ginnel.org.uk/fhir/StructureDefinition/delivery-channel';
const returnAddressExtension = 'https://ginnel.org.uk/fhir/StructureDefinition/return-address';

export type DeliveryChannel = 'pull' | 'notification' | 'message';

/** The practice that referred, and how its referral came. */
export interface Addressee {
  /** The parent Task. */
  referral: Task;
  /** True where the practice asked for summaries to be sent to it. */
  wantsThem: boolean;
}

/** A way in which a summary reaches a practice; each is written down on the DocumentReference, for those who then do it. */
export abstract class SummaryDelivery {
  abstract readonly channel: DeliveryChannel;
  abstract reaches(addressee: Addressee): boolean;
}

/** The practice looks for it, and fetches document or page: always. */
export class PullDelivery extends SummaryDelivery {
  readonly channel = 'pull';

  reaches(): boolean {
    return true;
  }
}

/** Whoever subscribed hears of it; a Subscription is the practice's own choice. */
export class NotificationDelivery extends SummaryDelivery {
  readonly channel = 'notification';

  reaches(): boolean {
    return true;
  }
}

/** A servicerequest-response to the sender of the referral: where it sent a message, and its practice wants them. */
export class MessageDelivery extends SummaryDelivery {
  readonly channel = 'message';

  reaches({ referral, wantsThem }: Addressee): boolean {
    return wantsThem && (referral.extension ?? []).some(({ url }) => url === returnAddressExtension);
  }
}

const deliveries: readonly SummaryDelivery[] = [new PullDelivery(), new NotificationDelivery(), new MessageDelivery()];

/** The ways to this practice, as they stand on the DocumentReference. */
export function channelsTo(addressee: Addressee): Extension[] {
  return deliveries
    .filter((delivery) => delivery.reaches(addressee))
    .map(({ channel }) => ({ url: deliveryChannelExtension, valueCode: channel }));
}
