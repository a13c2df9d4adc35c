import { linesAtOnce } from './lines-at-once.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('log lines', () => {
  it('of one turn of the event loop are written at once, in their order, at its end', async () => {
    const written: string[] = [];
    const lines = linesAtOnce({ write: (text) => void written.push(text) });
    lines.write('a\n');
    await Promise.resolve();
    lines.write('b\n');
    expect(written).toEqual([]);
    await nextTurn();
    lines.write('c\n');
    await nextTurn();
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('are written at once where the process ends before', async () => {
    const written: string[] = [];
    const lines = linesAtOnce({ write: (text) => void written.push(text) });
    lines.write('last words\n');
    lines.flush();
    await nextTurn();
    expect(written).toEqual(['last words\n']);
  });
});
