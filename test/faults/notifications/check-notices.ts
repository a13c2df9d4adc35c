import type { Came } from './flaky-receiver.js';

/**
 * What is wrong with what came: each number from 1 to `expected` of each Subscription was taken, a number is one event, and
 * the notifications about one resource were taken in their order. One that was given up and told again comes late and is left
 * out of the order.
 */
export function faultsIn(
  came: readonly Came[],
  { subscriptions, expected, late }: { subscriptions: number; expected: number; late: ReadonlySet<string> },
): string[] {
  const taken = came.filter(({ isTaken }) => isTaken);
  return [...gaps(taken, subscriptions, expected), ...twoEvents(came), ...outOfOrder(taken, late)];
}

/** Names one notification. */
export function nameOf({ subscription, number }: Pick<Came, 'subscription' | 'number'>): string {
  return `${String(subscription)}/${String(number)}`;
}

function gaps(taken: readonly Came[], subscriptions: number, expected: number): string[] {
  const known = new Set(taken.map(nameOf));
  const wanted = Array.from({ length: subscriptions * expected }, (_, at) => ({
    subscription: Math.floor(at / expected),
    number: (at % expected) + 1,
  }));
  const beyond = [...known].filter((name) => Number(name.split('/')[1]) > expected);
  return [
    ...wanted.filter((one) => !known.has(nameOf(one))).map((one) => `${nameOf(one)} never came`),
    ...beyond.map((name) => `${name} is more than there was`),
  ];
}

function twoEvents(came: readonly Came[]): string[] {
  const ids = new Map<string, string>();
  return came.flatMap((one) => {
    const name = nameOf(one);
    const known = ids.get(name) ?? one.webhookId;
    ids.set(name, known);
    return known === one.webhookId ? [] : [`${name} came under two ids`];
  });
}

function outOfOrder(taken: readonly Came[], late: ReadonlySet<string>): string[] {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  return taken.flatMap((one) => {
    const name = nameOf(one);
    if (seen.has(name) || late.has(name)) return [];
    seen.add(name);
    const lane = `${String(one.subscription)} ${one.focus}`;
    const before = last.get(lane) ?? 0;
    last.set(lane, Math.max(before, one.number));
    return one.number > before ? [] : [`${name} came after ${String(before)} of the same resource`];
  });
}
