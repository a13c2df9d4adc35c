import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeptService } from './kept-service.js';

/** What a service does as far as its keeper can see; `ends` is run at the start and may end it. */
const program = (ends: string): string => `
import { createServer } from 'node:http';
import { appendFileSync, readFileSync } from 'node:fs';
const starts = new URL('starts', import.meta.url);
appendFileSync(starts, 'x');
const start = readFileSync(starts, 'utf8').length;
const cannotStart = () => { process.stderr.write('referral cannot start: a reason.\\n'); process.exit(1); };
${ends}
const server = createServer((request, response) => response.end('{"status":"ready"}'));
server.listen(0, '127.0.0.1', () => process.send({ listening: 'http://127.0.0.1:' + server.address().port }));
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
`;

describe('a kept service', () => {
  let folder: string;
  const said: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ginnel-kept-'));
    said.length = 0;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function kept(ends: string, pausesMs: number[] = [1, 2]): KeptService {
    const main = join(folder, 'main.mjs');
    writeFileSync(main, program(ends));
    const say = (line: string): void => void said.push(line);
    return new KeptService({ service: 'referral', main, environment: {}, say }, { pausesMs, steadyMs: 60_000 });
  }
  const starts = (): number => readFileSync(join(folder, 'starts'), 'utf8').length;

  it('that cannot start says why in its own words, and is not tried again', async () => {
    const service = kept('cannotStart();');
    await expect(service.start()).rejects.toThrow('referral cannot start: a reason.');
    await service.stop();
    expect([starts(), service.url, said]).toEqual([1, undefined, []]);
  });

  it('that ends without a word is told by how it ended', async () => {
    const service = kept('process.exit(7);');
    await expect(service.start()).rejects.toThrow('referral ended before it was ready (exit code 7).');
  });

  it('ends when it is asked to, and stays ended', async () => {
    const service = kept('');
    await service.start();
    const { url = '' } = service;
    expect((await fetch(url)).status).toBe(200);
    await service.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    expect([starts(), service.url, said]).toEqual([1, undefined, []]);
  });

  it('that ends unasked is started again, and is given up when that happens again and again', async () => {
    const service = kept("if (start > 1) cannotStart(); else process.once('SIGUSR2', () => process.exit(3));");
    await service.start();
    process.kill(service.pid ?? 0, 'SIGUSR2');
    await expect(service.failed).resolves.toMatchObject({
      message: 'referral ended 3 times in a row; it is given up.',
    });
    expect([starts(), service.url, said]).toEqual([
      3,
      undefined,
      [
        'referral ended unasked (exit code 3); started again in 1 ms.',
        'referral cannot start: a reason.',
        'referral ended unasked (exit code 1); started again in 2 ms.',
        'referral cannot start: a reason.',
      ],
    ]);
    await service.stop();
  });

  it('that is about to be started again is not, once it is asked to end', async () => {
    const service = kept("process.once('SIGUSR2', () => process.exit(3));", [600_000]);
    await service.start();
    process.kill(service.pid ?? 0, 'SIGUSR2');
    while (said.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await service.stop();
    expect([starts(), said]).toEqual([1, ['referral ended unasked (exit code 3); started again in 600000 ms.']]);
  });
});
