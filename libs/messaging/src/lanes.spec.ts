import { Lanes } from './lanes.js';

describe('Lanes', () => {
  it('keeps the pieces of a key in order and never runs two of them at once', async () => {
    const lanes = new Lanes(8);
    const seen: string[] = [];
    const piece = (key: string, step: number) =>
      lanes.run(key, async () => {
        seen.push(`${key}${String(step)} begins`);
        await Promise.resolve();
        seen.push(`${key}${String(step)} ends`);
      });
    await Promise.all([piece('a', 1), piece('a', 2), piece('a', 3)]);
    expect(seen).toEqual(['a1 begins', 'a1 ends', 'a2 begins', 'a2 ends', 'a3 begins', 'a3 ends']);
  });

  it('runs no more pieces at once than its limit, and all of them in the end', async () => {
    const lanes = new Lanes(3);
    let [running, most, done] = [0, 0, 0];
    const keys = Array.from({ length: 40 }, (_, index) => String(index));
    const all = keys.map((key) =>
      lanes.run(key, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        done += 1;
      }),
    );
    await lanes.idle();
    await Promise.all(all);
    expect([most, done, running]).toEqual([3, 40, 0]);
  });

  it('has room again when a piece ends', async () => {
    const lanes = new Lanes(1, 1);
    let end!: () => void;
    const piece = lanes.run('a', () => new Promise<void>((resolve) => (end = resolve)));
    let hasRoom = false;
    const room = lanes.room().then(() => (hasRoom = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasRoom).toBe(false);
    end();
    await Promise.all([piece, room]);
    expect(hasRoom).toBe(true);
  });
});
