import type { Bundle, ParametersParameter } from 'fhir/r4';
import { NotificationInbox } from './inbox.js';

function notification(...numbers: readonly number[]): Bundle {
  const events = numbers.map((number): ParametersParameter => ({
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(number) },
      { name: 'focus', valueReference: { reference: `https://ginnel.test/fhir/Task/${String(number)}` } },
    ],
  }));
  const status = { resourceType: 'Parameters' as const, parameter: events };
  const tasks = numbers.map((number) => ({
    resource: {
      resourceType: 'Task' as const,
      id: String(number),
      status: 'requested' as const,
      intent: 'order' as const,
    },
  }));
  return { resourceType: 'Bundle', type: 'history', entry: [{ resource: status }, ...tasks] };
}

describe('the inbox of a Subscription', () => {
  const numbersOf = (events: readonly { number: number }[]) => events.map(({ number }) => number);

  it('gives each event once, with its own resource', () => {
    const inbox = new NotificationInbox();
    const given = [1, 1, 2].flatMap((number) => [...inbox.take(notification(number))]);
    expect(given.map(({ focus }) => focus)).toEqual(['Task/1', 'Task/2']);
    const together = [...inbox.take(notification(2, 3, 4))];
    expect(together.map(({ number, resources }) => [number, resources.map(({ id }) => id)])).toEqual([
      [3, ['3']],
      [4, ['4']],
    ]);
  });

  it('names the numbers that did not come', () => {
    const inbox = new NotificationInbox();
    expect([...inbox.take(notification(2)), ...inbox.take(notification(5))]).toHaveLength(2);
    expect([inbox.missing(), inbox.missing(7), inbox.state]).toEqual([
      [1, 3, 4],
      [1, 3, 4, 6, 7],
      { upTo: 0, beyond: [2, 5] },
    ]);
    expect([...inbox.take(notification(1, 3, 4))]).toHaveLength(3);
    expect([inbox.missing(), inbox.state]).toEqual([[], { upTo: 5, beyond: [] }]);
  });

  it('names them however many came beyond', () => {
    const beyond = Array.from({ length: 200_000 }, (_, index) => index + 3);
    expect(new NotificationInbox({ upTo: 1, beyond }).missing()).toEqual([2]);
  });

  it('goes on where it was when it is made from its state', () => {
    const first = new NotificationInbox();
    expect([...first.take(notification(1)), ...first.take(notification(3))]).toHaveLength(2);
    const next = new NotificationInbox(first.state);
    expect(numbersOf([1, 2, 3, 4].flatMap((number) => [...next.take(notification(number))]))).toEqual([2, 4]);
  });

  it('gives again what could not be dealt with', () => {
    const inbox = new NotificationInbox();
    const tried: number[] = [];
    const dealWith = (fault?: number) => {
      for (const { number } of inbox.take(notification(1, 2, 3))) {
        tried.push(number);
        if (number === fault) throw new Error('The disk is full.');
      }
    };
    expect(() => {
      dealWith(2);
    }).toThrow('The disk is full.');
    expect(inbox.state).toEqual({ upTo: 1, beyond: [] });
    dealWith();
    expect([tried, inbox.state]).toEqual([[1, 2, 2, 3], { upTo: 3, beyond: [] }]);
  });

  it('gives nothing for a handshake', () => {
    const handshake: Bundle = {
      resourceType: 'Bundle',
      type: 'history',
      entry: [{ resource: { resourceType: 'Parameters' } }],
    };
    expect([...new NotificationInbox().take(handshake)]).toEqual([]);
  });
});
