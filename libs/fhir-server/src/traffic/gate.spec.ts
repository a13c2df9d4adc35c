import { FhirError } from '#fhir';
import { burstMs, Gate, type GateLimits, type Leave } from './gate.js';

const limits: GateLimits = { inFlight: 4, waiting: 6, waitMs: 10_000, busyWaitMs: 50 };

interface Asked {
  state: 'waits' | 'inside' | 'refused';
  leave: Leave;
}

/** A gate on a clock that the test turns, and what became of who asked. */
function gateOf(more: Partial<GateLimits> = {}) {
  const clock = { now: 0 };
  const gate = new Gate({ ...limits, ...more }, () => clock.now);
  const ask = (client: string, dropOut?: (leaveQueue: () => void) => void): Asked => {
    const asked: Asked = { state: 'waits', leave: () => undefined };
    const got = (leave: Leave): void => {
      Object.assign(asked, { state: 'inside', leave });
    };
    const place = gate.enter(client, dropOut);
    if (place instanceof Promise)
      place.then(got, (reason: unknown) => {
        if (!(reason instanceof FhirError) || reason.status !== 503) throw reason;
        asked.state = 'refused';
      });
    else got(place);
    return asked;
  };
  const pass = async (ms: number, late = 0): Promise<void> => {
    clock.now += ms;
    gate.tick(late);
    await settled();
  };
  return { gate, ask, pass };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const statesOf = (asked: readonly Asked[]): string[] => asked.map(({ state }) => state);
const times = (count: number, ask: () => Asked): Asked[] => Array.from({ length: count }, ask);

describe('a gate', () => {
  it('lets so many in, has the others wait in the order they came, and gives each a place when one is free', async () => {
    const { ask } = gateOf();
    const first = [...times(2, () => ask('a')), ...times(2, () => ask('b'))];
    const later = [ask('a'), ask('b')];
    expect(statesOf([...first, ...later])).toEqual(['inside', 'inside', 'inside', 'inside', 'waits', 'waits']);
    first[0]?.leave();
    first[0]?.leave();
    await settled();
    expect(statesOf(later)).toEqual(['inside', 'waits']);
  });

  it('keeps a quarter of its places from a client that would take all', async () => {
    const { ask } = gateOf();
    const flood = times(5, () => ask('flood'));
    const others = times(2, () => ask('other'));
    await settled();
    expect(statesOf(flood)).toEqual(['inside', 'inside', 'inside', 'waits', 'waits']);
    expect(statesOf(others)).toEqual(['inside', 'waits']);
    flood[0]?.leave();
    await settled();
    expect(statesOf([...flood, ...others]).filter((state) => state === 'inside')).toHaveLength(5);
    expect(statesOf(others)).toEqual(['inside', 'inside']);
  });

  it('lets the newest of the longest line give way to a client that has fewer waiting', async () => {
    const { gate, ask } = gateOf();
    const flood = times(9, () => ask('flood'));
    expect(() => {
      gate.knock('flood');
    }).toThrow('more to do than it can');
    gate.knock('other');
    const other = times(2, () => ask('other'));
    await settled();
    expect(statesOf(flood).slice(-2)).toEqual(['waits', 'refused']);
    expect(statesOf(other)).toContain('waits');
    expect(gate.waiting).toBe(6);
  });

  it('lets a burst wait, and ends what has waited too long', async () => {
    const { ask, pass } = gateOf();
    const flood = times(5, () => ask('a'));
    for (let waited = 0; waited <= burstMs + 1_000; waited += 500) await pass(500);
    expect(statesOf(flood).slice(3)).toEqual(['waits', 'waits']);
    await pass(limits.waitMs);
    expect(statesOf(flood).slice(3)).toEqual(['refused', 'refused']);
  });

  it('refuses after a moment what waits in an overload, serves the newest first, and forgets it when the queue is empty', async () => {
    const { gate, ask, pass } = gateOf();
    const inside = times(3, () => ask('a'));
    const early: Asked[] = [];
    for (let waited = 0; waited <= burstMs; waited += 500) {
      early.push(ask('a'));
      await pass(500);
    }
    expect([gate.isOverloaded, ...new Set(statesOf(early))]).toEqual([true, 'refused']);
    const [older, newer] = [ask('a'), ask('a')];
    inside[0]?.leave();
    await settled();
    expect([older.state, newer.state]).toEqual(['waits', 'inside']);
    await pass(limits.busyWaitMs + 1);
    expect(older.state).toBe('refused');
    newer.leave();
    inside.forEach(({ leave }) => {
      leave();
    });
    ask('a').leave();
    expect([gate.inside, gate.waiting, gate.isOverloaded]).toEqual([0, 0, false]);
  });

  it('takes an event loop that stays late for overload, and one late turn for none', async () => {
    const { gate, pass } = gateOf();
    await pass(25, 1_500);
    expect(gate.isOverloaded).toBe(false);
    await pass(25, 0);
    for (let turn = 0; turn < 4; turn++) await pass(1_000, 975);
    expect(gate.isOverloaded).toBe(true);
    await pass(25, 0);
    expect(gate.isOverloaded).toBe(false);
  });

  it('lets go of a request whose caller is gone', async () => {
    const { gate, ask } = gateOf();
    const inside = times(3, () => ask('a'));
    let goAway = (): void => undefined;
    const gone = ask('a', (leaveQueue) => {
      goAway = leaveQueue;
    });
    goAway();
    await settled();
    expect([gone.state, gate.waiting]).toEqual(['refused', 0]);
    inside[0]?.leave();
    expect(gate.inside).toBe(2);
  });
});
