import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/test/faults/main.js', import.meta.url));

describe('faults', () => {
  it('loses no event and gives none a second effect, whatever is killed (npm run test:faults for more)', async () => {
    const { output, code } = await run(['--seed', '1', '--count', '4', '--transactions', 'none', '--races', '0']);
    expect(output).toContain('4 of 4 rounds were whole (seed 1)');
    expect(code).toBe(0);
  }, 180_000);

  it('ends a transaction across services whole or not at all, whoever is killed (npm run test:faults for every step)', async () => {
    const { output, code } = await run(['--count', '0', '--transactions', 'few', '--races', '0']);
    expect(output).toContain('4 of 4 transactions ended as they had to');
    expect(code).toBe(0);
  }, 240_000);

  it('lets one of a thousand conditional creates win, through two processes (npm run test:faults for a thousand rounds)', async () => {
    const { output, code } = await run(['--count', '0', '--transactions', 'none', '--races', '2']);
    expect(output).toContain('2 of 2 races were won by one');
    expect(code).toBe(0);
  }, 240_000);

  it('has an entry of every answer, whoever is killed in a storm of requests (npm run test:faults for more)', async () => {
    const { output, code } = await run(['--count', '0', '--transactions', 'none', '--races', '0', '--audit', '2']);
    expect(output).toContain('2 of 2 storms left a whole audit (seed 1)');
    expect(code).toBe(0);
  }, 240_000);

  it('tells everything, in order and without a gap, to a receiver that fails three calls in ten (npm run test:faults for 100,000)', async () => {
    const { output, code } = await run([
      '--count',
      '0',
      '--transactions',
      'none',
      '--races',
      '0',
      '--notifications',
      '1000',
    ]);
    expect(output).toContain('1000 notifications came with 0 faults (seed 1)');
    expect(code).toBe(0);
  }, 240_000);
});

function run(options: readonly string[]): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        program,
        '--hostile',
        '0',
        '--oracle',
        '0',
        '--audit',
        '0',
        '--notifications',
        '0',
        '--referrals',
        '0',
        ...options,
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('exit', (code) => {
      resolve({ output, code });
    });
  });
}
