import { everyone } from '#fhir';
import type { Stored } from '#fhir-store';
import { byCriteria, Calls } from '../../test/calls.js';
import type { Delivery } from '../domain/delivery.js';

let calls: Calls;

beforeEach(async () => {
  calls = await Calls.start();
});

afterEach(() => calls.stop());

/** Subscriptions, each with ten notifications that are due. */
async function due(endpoints: readonly string[]): Promise<Stored[]> {
  const made: Stored[] = [];
  for (const endpoint of endpoints) {
    const stored = await calls.write(byCriteria(endpoint));
    await calls.queue(stored, 10);
    made.push(stored);
  }
  return made;
}

function hosts(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `https://host${String(at)}.example.org/hook`);
}

/** How many calls each of them got. */
function shares(of: readonly Stored[], claimed: readonly Delivery[]): number[] {
  return of.map(({ id }) => claimed.filter(({ subscriptionId }) => subscriptionId === id).length);
}

const four = ['a', 'b', 'c', 'd'].map((path) => `https://slow.example.org/${path}`);

describe('the calls of a process', () => {
  it('are at most half to one receiver, however many subscribed there', async () => {
    const slow = await due(four);
    calls.putForward(1_000);
    const quick = await due(['https://quick.example.org/hook']);
    const claimed = await calls.claim();
    expect([shares(slow, claimed), shares(quick, claimed)]).toEqual([[2, 2, 2, 2], [4]]);
    const busy = new Map(slow.map(({ id }) => [id, 2]));
    expect(shares(slow, await calls.claim(busy))).toEqual([0, 0, 0, 0]);
  });

  it('are at most half to those whose last call failed', async () => {
    const failing = await due(hosts(12));
    await calls.database.as(everyone).query({ text: 'UPDATE channel SET failing_since = $1', values: [calls.now()] });
    calls.putForward(1_000);
    const sound = await due(['https://sound.example.org/hook']);
    const claimed = await calls.claim();
    expect([shares(failing, claimed), shares(sound, claimed)]).toEqual([[1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0], [4]]);
    const busy = new Map(failing.slice(0, 8).map(({ id }) => [id, 1]));
    expect(shares(failing, await calls.claim(busy))).toEqual(failing.map(() => 0));
  });

  it('go first to those of whom the fewest are open', async () => {
    const [first, ...others] = await due(hosts(6));
    if (!first) throw new Error('There is none.');
    const busy = new Map([...others.slice(0, 4).map(({ id }): [string, number] => [id, 3]), [first.id, 2]]);
    expect(shares([first, ...others], await calls.claim(busy))).toEqual([0, 0, 0, 0, 0, 2]);
  });
});
