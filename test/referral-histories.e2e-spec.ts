import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/test/faults/main.js', import.meta.url));
const others = ['count', 'races', 'hostile', 'oracle', 'audit', 'notifications'].flatMap((one) => [`--${one}`, '0']);

it('gives every referral a history that is whole, and told to its requester, whoever is killed (npm run test:faults for 10,000)', async () => {
  const { output, code } = await run(['--referrals', '100', '--seed', '1']);
  expect(output).toContain('100 referrals left 0 faults in their histories (seed 1)');
  expect(code).toBe(0);
}, 900_000);

function run(options: readonly string[]): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...others, '--transactions', 'none', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('exit', (code) => {
      resolve({ output, code });
    });
  });
}
