import { Turns } from './turns.js';

describe('turns', () => {
  it('go one after another under one name, each told what the one before it came to', async () => {
    const turns = new Turns<number>();
    const told: (number | undefined)[] = [];
    const take = (value: number) =>
      turns.take('one', (before) => {
        told.push(before);
        return Promise.resolve(value);
      });
    expect(await Promise.all([take(1), take(2), take(3)])).toEqual([1, 2, 3]);
    expect(told).toEqual([undefined, 1, 2]);
  });

  it('tell nothing of one that failed, and of none that is over', async () => {
    const turns = new Turns<number>();
    const told: (number | undefined)[] = [];
    const keep = (before: number | undefined): Promise<number> => {
      told.push(before);
      return Promise.resolve(1);
    };
    const failed = turns.take('one', () => Promise.reject(new Error('refused')));
    await Promise.all([expect(failed).rejects.toThrow('refused'), turns.take('one', keep)]);
    await turns.take('one', keep);
    await turns.take('another', keep);
    expect(told).toEqual([undefined, undefined, undefined]);
  });
});
