import type { Bundle, Parameters } from 'fhir/r4';
import type { GinnelClient } from '../ginnel-client.js';
import { type NotificationInbox, type NotifiedEvent, numbersIn } from './inbox.js';

/**
 * The events of a Subscription that did not come, asked for by `$events`: after a time away, or when `inbox.missing()` names
 * numbers that stay missing. The last 30 days are kept: of what is older, only the numbers are given, as `isLost`.
 * One that you could not deal with comes again when it is called again.
 */
export async function* missedEvents(
  client: GinnelClient,
  subscriptionId: string,
  inbox: NotificationInbox,
): AsyncGenerator<NotifiedEvent> {
  let from = inbox.state.upTo + 1;
  for (;;) {
    const answer = await client.read<Bundle>(
      `Subscription/${subscriptionId}/$events?eventsSinceNumber=${String(from)}`,
    );
    yield* inbox.takeFrom(from, answer);
    const last = Math.max(0, ...numbersIn(answer));
    if (last === 0 || last >= countIn(answer)) return;
    from = last + 1;
  }
}

/** How many events there have been. */
function countIn({ entry = [] }: Bundle): number {
  const { parameter = [] } = (entry[0]?.resource ?? {}) as Partial<Parameters>;
  return Number(parameter.find(({ name }) => name === 'events-since-subscription-start')?.valueString ?? 0);
}
