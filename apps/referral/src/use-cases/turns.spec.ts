import { Turns } from './turns.js';

const later = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('go one after another for one name, also after one that failed, and at once for others', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const work = (name: string, fails = false) =>
      turns.take(name.charAt(0), async () => {
        order.push(`${name} begins`);
        await later();
        order.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([work('a1'), work('a2', true), work('a3'), work('b1')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(order.filter((line) => line.startsWith('a'))).toEqual(
      ['a1', 'a2', 'a3'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
    expect(order.indexOf('b1 begins')).toBeLessThan(order.indexOf('a1 ends'));
    expect(await work('a4')).toBe('a4');
  });
});
