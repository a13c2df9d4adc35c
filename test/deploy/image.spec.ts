import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { root } from './compose.js';

const lines = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

describe('the image', () => {
  it('is made of what is in the project and let through to the builder', () => {
    const ignore = readFileSync(join(root, 'deploy/Dockerfile.dockerignore'), 'utf8').split('\n');
    const sources = lines.flatMap(sourcesOf);
    expect(sources).toContain('programmes');
    for (const source of sources) {
      expect({ source, exists: existsSync(join(root, source)) }).toEqual({ source, exists: true });
      expect(ignore).toContain(`!${source}`);
    }
  });

  it('leaves behind secrets, data and history, because only what is named is let through', () => {
    const ignore = readFileSync(join(root, 'deploy/Dockerfile.dockerignore'), 'utf8').split('\n');
    expect(ignore.find((line) => !line.startsWith('#'))).toBe('*');
    const named = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(named.filter((name) => /^(deploy|\.env|\.git|\.ginnel|\*)/.test(name))).toEqual([]);
  });

  it('brings all that the programs read when they run', () => {
    const targets = last.filter((line) => line.startsWith('COPY')).map((line) => line.split(' ').at(-2));
    expect(targets).toEqual(['/ginnel/node_modules', '/ginnel/dist', 'package.json', 'programmes']);
  });

  it('runs as a user without rights and starts a program that is in the sources', () => {
    expect(last.filter((line) => line.startsWith('USER'))).toEqual(['USER node']);
    const command = last.find((line) => line.startsWith('CMD'));
    const [entry = ''] = JSON.parse(command?.slice(4) ?? '[]') as string[];
    expect(entry).toBe('dist/apps/referral/src/main.js');
    expect(existsSync(join(root, entry.replace(/^dist\//, '').replace(/\.js$/, '.ts')))).toBe(true);
  });

  it('counts as healthy when the process answers, and only then', async () => {
    const [check = ''] = last.filter((line) => line.startsWith('HEALTHCHECK'));
    const [program, ...words] = JSON.parse(check.slice(check.indexOf('['))) as string[];
    expect(program).toBe('node');
    const server = createServer((request, reply) => {
      reply.writeHead(request.url === '/health/live' ? 200 : 500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await exitOf(words, port)).toBe(0);
    await new Promise((resolve) => server.close(resolve));
    expect(await exitOf(words, port)).toBe(1);
  });
});

function exitOf(words: readonly string[], port: number): Promise<number | null> {
  const child = spawn(process.execPath, words, { env: { GINNEL_PORT: String(port) } });
  return new Promise((resolve) => child.once('close', resolve));
}

/** What a COPY takes from the project; nothing where it takes from another stage. */
function sourcesOf(line: string): string[] {
  const [instruction, ...words] = line.split(' ');
  if (instruction !== 'COPY' || words.some((word) => word.startsWith('--from'))) return [];
  return words.slice(0, -1);
}
