import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GinnelClient } from '../ginnel-client.js';
import { NotificationInbox } from './inbox.js';
import { missedEvents } from './missed-events.js';

describe('the events that did not come', () => {
  /** At most so many stand in one answer. */
  const page = 2;
  let server: Server;
  let client: GinnelClient;
  /** Numbers of the events that the other side still has, and how many there have been. */
  let kept: number[] = [];
  let count = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const from = Number(new URL(request.url ?? '', 'http://ginnel.test').searchParams.get('eventsSinceNumber'));
      const numbers = kept.filter((number) => number >= from).slice(0, page);
      response.end(JSON.stringify(answerWith(numbers, count)));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    client = new GinnelClient({ baseUrl: `http://127.0.0.1:${String(port)}/fhir`, token: 'token' });
  });

  afterAll(() => {
    server.close().closeAllConnections();
  });

  it('come again from the one that could not be dealt with', async () => {
    [kept, count] = [[1, 2, 3, 4, 5], 5];
    const inbox = new NotificationInbox();
    const look = async (fault?: number): Promise<number[]> => {
      const tried: number[] = [];
      for await (const { number } of missedEvents(client, '1', inbox)) {
        tried.push(number);
        if (number === fault) throw new Error(`After ${tried.join(' ')}`);
      }
      return tried;
    };
    await expect(look(3)).rejects.toThrow('After 1 2 3');
    expect(inbox.state).toEqual({ upTo: 2, beyond: [] });
    expect([await look(), inbox.state]).toEqual([[3, 4, 5], { upTo: 5, beyond: [] }]);
  });

  it('are lost where they are kept no more, and stand in the way of none', async () => {
    [kept, count] = [[4, 5, 7, 9], 9];
    const inbox = new NotificationInbox({ upTo: 1, beyond: [2, 9] });
    const given: [number, boolean][] = [];
    for await (const { number, isLost = false } of missedEvents(client, '1', inbox)) given.push([number, isLost]);
    expect(given).toEqual([
      [3, true],
      [4, false],
      [5, false],
      [6, true],
      [7, false],
      [8, true],
    ]);
    expect([inbox.state, inbox.missing()]).toEqual([{ upTo: 9, beyond: [] }, []]);
  });

  it('are not lost while nothing behind them has come', async () => {
    [kept, count] = [[], 3];
    const inbox = new NotificationInbox();
    for await (const event of missedEvents(client, '1', inbox)) expect(event).toBeUndefined();
    expect(inbox.missing(count)).toEqual([1, 2, 3]);
  });
});

function answerWith(numbers: readonly number[], events: number): object {
  const told = numbers.map((number) => ({
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(number) },
      { name: 'focus', valueReference: { reference: `https://ginnel.test/fhir/Task/${String(number)}` } },
    ],
  }));
  const parameter = [{ name: 'events-since-subscription-start', valueString: String(events) }, ...told];
  return { resourceType: 'Bundle', type: 'history', entry: [{ resource: { resourceType: 'Parameters', parameter } }] };
}
